"""When a freeze holds where the clock on the wall is moved: twice a year a day has no 24 hours."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagbump.model import WeeklyFreeze
from tagbump.promotion import freezes
from tests.tagbump.windows import BERLIN, NEW_YORK, WEEKEND, until, utc, window

# Berlin 2026: on March 29 the clock goes from 02:00 to 03:00 at 01:00 UTC, on October 25 from 03:00 to 02:00 at 01:00.
# New York 2026: on March 8 from 02:00 to 03:00 at 07:00 UTC, on November 1 from 02:00 to 01:00 at 06:00 UTC.


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        (BERLIN, "2026-03-27 14:59", None),
        (BERLIN, "2026-03-27 15:00", "2026-03-30 06:00"),
        (BERLIN, "2026-03-30 05:59", "2026-03-30 06:00"),
        (BERLIN, "2026-03-30 06:00", None),
        (BERLIN, "2026-10-23 13:59", None),
        (BERLIN, "2026-10-23 14:00", "2026-10-26 07:00"),
        (BERLIN, "2026-10-26 06:59", "2026-10-26 07:00"),
        (BERLIN, "2026-10-26 07:00", None),
        (NEW_YORK, "2026-03-06 20:59", None),
        (NEW_YORK, "2026-03-06 21:00", "2026-03-09 12:00"),
        (NEW_YORK, "2026-03-09 11:59", "2026-03-09 12:00"),
        (NEW_YORK, "2026-03-09 12:00", None),
        (NEW_YORK, "2026-10-30 19:59", None),
        (NEW_YORK, "2026-10-30 20:00", "2026-11-02 13:00"),
        (NEW_YORK, "2026-11-02 12:59", "2026-11-02 13:00"),
        (NEW_YORK, "2026-11-02 13:00", None),
    ],
)
def test_a_weekend_with_a_change_of_the_clock_ends_when_the_clock_says_so(
    timezone: str, now: str, expected: str | None
) -> None:
    held = freezes.in_force([window(*WEEKEND, timezone)], utc(now))

    assert until(held) == expected


@pytest.mark.parametrize(
    ("start", "end", "timezone", "now", "holds"),
    [
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-03-29 00:59", False),  # 01:59
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-03-29 01:00", True),  # 03:00: half past two is over
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-03-29 03:59", True),  # 05:59
        ("Sun 02:10", "Sun 06:00", BERLIN, "2026-03-29 01:00", True),
        ("Sun 02:59", "Sun 06:00", BERLIN, "2026-03-29 01:00", True),
        ("Sun 02:01", "Sun 06:00", BERLIN, "2026-03-29 00:59:59", False),
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-03-29 04:00", False),
        ("Sat 20:00", "Sun 02:30", BERLIN, "2026-03-29 00:59", True),
        ("Sat 20:00", "Sun 02:30", BERLIN, "2026-03-29 01:00", False),
        ("Sun 02:10", "Sun 02:50", BERLIN, "2026-03-29 01:15", False),  # 03:15: its forty minutes do not come
        ("2026-03-29 02:30", "2026-03-29 06:00", BERLIN, "2026-03-29 01:00", True),
        ("2026-03-28 20:00", "2026-03-29 02:30", BERLIN, "2026-03-29 01:00", False),
        ("Sun 02:30", "Sun 06:00", NEW_YORK, "2026-03-08 06:59", False),
        ("Sun 02:30", "Sun 06:00", NEW_YORK, "2026-03-08 07:00", True),
        ("Sat 20:00", "Sun 02:30", NEW_YORK, "2026-03-08 06:59", True),
        ("Sat 20:00", "Sun 02:30", NEW_YORK, "2026-03-08 07:00", False),
    ],
)
def test_a_time_in_the_hour_that_is_left_out_has_come_when_the_clock_is_past_it(
    start: str, end: str, timezone: str, now: str, holds: bool
) -> None:
    held = freezes.in_force([window(start, end, timezone)], utc(now))

    assert (held is not None) == holds


@pytest.mark.parametrize(
    ("start", "end", "timezone", "now", "holds"),
    [
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-10-25 00:29", False),  # 02:29 for the first time
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-10-25 00:30", True),
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-10-25 01:10", True),  # 02:10 for the second time
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-10-25 04:59", True),
        ("Sun 02:30", "Sun 06:00", BERLIN, "2026-10-25 05:00", False),
        ("2026-10-25 02:30", "2026-10-25 06:00", BERLIN, "2026-10-25 00:30", True),
        ("Sun 01:30", "Sun 06:00", NEW_YORK, "2026-11-01 05:29", False),
        ("Sun 01:30", "Sun 06:00", NEW_YORK, "2026-11-01 05:30", True),
        ("Sun 01:30", "Sun 06:00", NEW_YORK, "2026-11-01 06:10", True),
    ],
)
def test_a_window_that_begins_in_the_doubled_hour_begins_the_first_time_and_has_no_hole(
    start: str, end: str, timezone: str, now: str, holds: bool
) -> None:
    held = freezes.in_force([window(start, end, timezone)], utc(now))

    assert (held is not None) == holds


@pytest.mark.parametrize(
    ("end", "timezone", "now", "holds"),
    [
        ("Sun 02:30", BERLIN, "2026-10-25 01:29", True),
        ("Sun 02:30", BERLIN, "2026-10-25 01:30", False),
        ("Sun 03:00", BERLIN, "2026-10-25 01:59", True),  # 02:59 for the second time
        ("Sun 03:00", BERLIN, "2026-10-25 02:00", False),
        ("Sun 01:30", NEW_YORK, "2026-11-01 06:29", True),
        ("Sun 01:30", NEW_YORK, "2026-11-01 06:30", False),
    ],
)
def test_a_window_that_ends_in_the_doubled_hour_ends_the_second_time(
    end: str, timezone: str, now: str, holds: bool
) -> None:
    held = freezes.in_force([window("Sat 20:00", end, timezone)], utc(now))

    assert (held is not None) == holds


WEEK = 7 * 24 * 60
CHANGES = {  # the day of a change in UTC, and the minutes that the wall then shows twice
    (BERLIN, utc("2026-03-29 00:00")): range(0),
    (BERLIN, utc("2026-10-25 00:00")): range(6 * 1440 + 120, 6 * 1440 + 180),
    (NEW_YORK, utc("2026-03-08 00:00")): range(0),
    (NEW_YORK, utc("2026-11-01 00:00")): range(6 * 1440 + 60, 6 * 1440 + 120),
    ("Asia/Kathmandu", utc("2026-01-01 00:00")): range(0),
}


@cache
def walk(timezone: str, day: datetime) -> list[tuple[datetime, int]]:
    """Return the minutes of `day` and every 31st of the weeks around it, each with what the wall's clock then shows."""
    zone = ZoneInfo(timezone)
    span = range(-10 * 1440, 11 * 1440)
    minutes = (day + timedelta(minutes=n) for n in span if 0 <= n < 1440 or n % 31 == 0)
    shown = ((minute, minute.astimezone(zone)) for minute in minutes)
    return [(minute, wall.weekday() * 1440 + wall.hour * 60 + wall.minute) for minute, wall in shown]


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(sorted(CHANGES)), st.integers(0, WEEK - 1), st.integers(0, WEEK - 1))
def test_a_window_holds_exactly_while_the_clock_on_the_wall_is_in_it(
    change: tuple[str, datetime], start: int, end: int
) -> None:
    avoided = CHANGES[change]
    start, end = (minute + 60 if minute in avoided else minute for minute in (start, end))
    weekly = WeeklyFreeze(divmod(start, 1440), divmod(end, 1440), change[0])

    held = [freezes.in_force([weekly], minute) is not None for minute, _ in walk(*change)]

    length = (end - start) % WEEK or WEEK
    assert held == [(wall - start) % WEEK < length for _, wall in walk(*change)]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["UTC", BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.integers(0, WEEK - 1),
    st.integers(0, WEEK - 1),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it gets a zone
)
def test_a_freeze_is_over_when_it_said_it_would_be(timezone: str, start: int, end: int, now: datetime) -> None:
    weekly = WeeklyFreeze(divmod(start, 1440), divmod(end, 1440), timezone)

    held = freezes.in_force([weekly], now)

    if held is not None:
        assert now < held.until <= now + timedelta(days=7, hours=1)
        assert (freezes.in_force([weekly], held.until) is None) == (start != end)
        assert freezes.in_force([weekly], held.until - timedelta(seconds=1)) is not None
