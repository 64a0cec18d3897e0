"""When a freeze holds: by the clock on the wall of its time zone, from its start up to its end."""

import pytest

from tagbump.model import Frozen
from tagbump.promotion import freezes
from tests.tagbump.windows import BERLIN, NEW_YORK, WEEKEND, until, utc, window


@pytest.mark.parametrize(
    ("start", "end", "now", "expected"),
    [
        (*WEEKEND, "2026-03-06 15:59:59", None),
        (*WEEKEND, "2026-03-06 16:00", "2026-03-09 08:00"),
        (*WEEKEND, "2026-03-08 12:00", "2026-03-09 08:00"),
        (*WEEKEND, "2026-03-09 00:00", "2026-03-09 08:00"),
        (*WEEKEND, "2026-03-09 07:59:59", "2026-03-09 08:00"),
        (*WEEKEND, "2026-03-09 08:00", None),
        (*WEEKEND, "2026-03-11 12:00", None),
        ("Wed 09:00", "Wed 17:00", "2026-03-04 08:59", None),
        ("Wed 09:00", "Wed 17:00", "2026-03-04 09:00", "2026-03-04 17:00"),
        ("Wed 09:00", "Wed 17:00", "2026-03-04 16:59", "2026-03-04 17:00"),
        ("Wed 09:00", "Wed 17:00", "2026-03-04 17:00", None),
        ("Wed 09:00", "Wed 17:00", "2026-03-05 12:00", None),
        ("Wed 17:00", "Wed 09:00", "2026-03-04 08:59", "2026-03-04 09:00"),
        ("Wed 17:00", "Wed 09:00", "2026-03-04 12:00", None),
        ("Wed 17:00", "Wed 09:00", "2026-03-04 17:00", "2026-03-11 09:00"),
        ("Wed 17:00", "Wed 09:00", "2026-03-08 12:00", "2026-03-11 09:00"),
        ("Tue 10:00", "Tue 10:00", "2026-03-03 09:59", "2026-03-03 10:00"),
        ("Tue 10:00", "Tue 10:00", "2026-03-03 10:00", "2026-03-10 10:00"),
        ("Mon 00:00", "Sun 23:59", "2026-03-08 23:58", "2026-03-08 23:59"),
        ("Mon 00:00", "Sun 23:59", "2026-03-08 23:59", None),
        ("Sun 23:59", "Mon 00:00", "2026-03-08 23:59", "2026-03-09 00:00"),
        ("Sun 23:59", "Mon 00:00", "2026-03-09 00:00", None),
        ("Wed 18:00", "Fri 08:00", "2026-12-31 23:59", "2027-01-01 08:00"),
        ("Wed 18:00", "Fri 08:00", "2027-01-01 00:00", "2027-01-01 08:00"),
        (*WEEKEND, "2027-01-01 16:00", "2027-01-04 08:00"),
    ],
)
def test_a_weekly_window_holds_from_its_start_up_to_its_end(
    start: str, end: str, now: str, expected: str | None
) -> None:
    held = freezes.in_force([window(start, end)], utc(now))

    assert until(held) == expected


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        (BERLIN, "2026-01-09 14:59", None),
        (BERLIN, "2026-01-09 15:00", "2026-01-12 07:00"),
        (BERLIN, "2026-01-12 06:59", "2026-01-12 07:00"),
        (BERLIN, "2026-01-12 07:00", None),
        (BERLIN, "2026-07-10 13:59", None),
        (BERLIN, "2026-07-10 14:00", "2026-07-13 06:00"),
        (NEW_YORK, "2026-01-09 20:59", None),
        (NEW_YORK, "2026-01-09 21:00", "2026-01-12 13:00"),
        ("Asia/Kolkata", "2026-01-09 10:29", None),
        ("Asia/Kolkata", "2026-01-09 10:30", "2026-01-12 02:30"),
        ("Pacific/Kiritimati", "2026-01-09 01:59", None),
        ("Pacific/Kiritimati", "2026-01-09 02:00", "2026-01-11 18:00"),
        ("Pacific/Pago_Pago", "2026-01-10 02:59", None),
        ("Pacific/Pago_Pago", "2026-01-10 03:00", "2026-01-12 19:00"),
    ],
)
def test_a_window_is_read_on_the_clock_of_its_time_zone(timezone: str, now: str, expected: str | None) -> None:
    held = freezes.in_force([window(*WEEKEND, timezone)], utc(now))

    assert until(held) == expected


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        ("UTC", "2026-12-23 17:59:59", None),
        ("UTC", "2026-12-23 18:00", "2027-01-04 08:00"),
        ("UTC", "2027-01-01 00:00", "2027-01-04 08:00"),
        ("UTC", "2027-01-04 07:59:59", "2027-01-04 08:00"),
        ("UTC", "2027-01-04 08:00", None),
        ("UTC", "2025-12-30 12:00", None),
        ("UTC", "2027-12-30 12:00", None),
        (BERLIN, "2026-12-23 16:59", None),
        (BERLIN, "2026-12-23 17:00", "2027-01-04 07:00"),
        (NEW_YORK, "2026-12-23 22:59", None),
        (NEW_YORK, "2026-12-23 23:00", "2027-01-04 13:00"),
    ],
)
def test_a_single_window_holds_once(timezone: str, now: str, expected: str | None) -> None:
    held = freezes.in_force([window("2026-12-23 18:00", "2027-01-04 08:00", timezone)], utc(now))

    assert until(held) == expected


@pytest.mark.parametrize(
    ("start", "end", "timezone"),
    [
        ("2026-01-01 00:00", "9999-12-31 23:59", NEW_YORK),
        ("0001-01-01 00:00", "2026-12-31 23:59", BERLIN),
    ],
    ids=["for good", "since ever"],
)
def test_a_window_may_reach_to_the_end_of_the_calendar(start: str, end: str, timezone: str) -> None:
    held = freezes.in_force([window(start, end, timezone)], utc("2026-06-01 12:00"))

    assert held is not None


def test_without_windows_nothing_is_frozen() -> None:
    assert freezes.in_force([], utc("2026-03-07 12:00")) is None


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_windows_the_one_that_ends_last_is_told(turned: bool) -> None:
    windows = [
        window("Sat 00:00", "Mon 00:00", reason="weekend"),
        window("2026-03-07 08:00", "2026-03-10 08:00", reason="audit"),
        window("Sat 09:00", "Sat 18:00", reason="sale"),
        window("2026-03-11 00:00", "2026-03-31 00:00", reason="not yet"),
    ]

    held = freezes.in_force(reversed(windows) if turned else windows, utc("2026-03-07 12:00"))

    assert held == Frozen(utc("2026-03-10 08:00"), "audit")
