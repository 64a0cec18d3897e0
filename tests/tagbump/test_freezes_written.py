"""What is a freeze, and what is none."""

from datetime import datetime

import pytest

from tagbump.model import SingleFreeze, WeeklyFreeze
from tagbump.promotion import freezes
from tests.tagbump.windows import BERLIN, WEEKEND, window


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon 00:00", (0, 0)),
        ("Fri 16:00", (4, 960)),
        ("Sun 23:59", (6, 1439)),
        ("sat 09:05", (5, 545)),
        ("TUE 19:30", (1, 1170)),
        ("Wed 20:10", (2, 1210)),
        ("Thu 01:00", (3, 60)),
        ("2026-12-23 18:00", datetime.fromisoformat("2026-12-23 18:00")),
        ("2028-02-29 00:00", datetime.fromisoformat("2028-02-29 00:00")),
    ],
)
def test_a_moment_is_a_weekday_or_a_date_with_a_time(text: str, moment: tuple[int, int] | datetime) -> None:
    assert freezes.moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "Fri", "16:00", "Fri 4:00", "Fri 24:00", "Fri 16:60", "Fri  16:00", " Fri 16:00", "Fri 16:00 ", "Fri 16:00\n",
     "Friday 16:00", "Fre 16:00", "Fri 16.00", "Fri 16:00:00", "2026-12-23", "2026-12-23T18:00", "2026-12-23 18:00:00",
     "2026-12-23 18:00Z", "23.12.2026 18:00", "2026-02-30 18:00", "2026-13-01 18:00"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time: write|must be in|out of range"):
        freezes.moment(text)


def test_a_window_keeps_its_words() -> None:
    assert window(*WEEKEND, BERLIN, "weekend") == WeeklyFreeze((4, 960), (0, 480), BERLIN, "weekend")
    assert window("2026-12-23 18:00", "2027-01-04 08:00") == SingleFreeze(
        datetime.fromisoformat("2026-12-23 18:00"), datetime.fromisoformat("2027-01-04 08:00"), "UTC"
    )


@pytest.mark.parametrize(
    ("start", "end", "timezone", "said"),
    [
        ("2026-12-23 18:00", "2026-12-23 18:00", "UTC", "the window ends"),
        ("2026-12-23 18:00", "2026-12-23 17:59", "UTC", "the window ends"),
        ("Fri 16:00", "2026-12-23 18:00", "UTC", "a window begins and ends on week days, or"),
        ("2026-12-23 18:00", "Fri 16:00", "UTC", "a window begins and ends on week days, or"),
        ("Fri 16:00", "Mon 08:00", "Mars/Olympus", "is no time zone"),
        ("Fri 16:00", "Mon 08:00", "Europe", "is no time zone"),
        ("Fri 16:00", "Mon 08:00", "../../etc/passwd", "is no time zone"),
    ],
)
def test_what_is_no_window_is_refused(start: str, end: str, timezone: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        window(start, end, timezone)
