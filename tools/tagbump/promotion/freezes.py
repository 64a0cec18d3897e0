"""The calendar of freezes: reads a window's words, and says whether a moment lies in one. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tagbump.model import Freeze, Frozen, SingleFreeze, WeeklyFreeze

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY: Final = re.compile(r"([A-Za-z]{3}) ([01][0-9]|2[0-3]):([0-5][0-9])")
_ONCE: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


def moment(text: str) -> tuple[int, int] | datetime:
    """Read `Fri 16:00` (every week) or `2026-12-23 18:00` (once). Raises ValueError with what is wrong."""
    if weekly := _WEEKLY.fullmatch(text):
        day, hour, minute = weekly.groups()
        if day.lower() in _DAYS:
            return _DAYS.index(day.lower()), int(hour) * 60 + int(minute)
    if _ONCE.fullmatch(text):
        return datetime.fromisoformat(text)
    raise ValueError(f'{text!r} is no time: write "Fri 16:00" or "2026-12-23 18:00"')


def zone(name: str) -> "ZoneInfo":
    """Return the time zone called `name`. Raises ValueError where there is none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - where nothing freezes nobody asks for it

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write one such as Europe/Berlin or UTC") from None


def freeze(start: str, end: str, timezone: str, reason: str | None) -> Freeze:
    """Make a window of its words. Raises ValueError with what is wrong."""
    zone(timezone)
    match moment(start), moment(end):
        case datetime() as first, datetime() as last:
            if first >= last:
                raise ValueError(f"the window ends ({end}) before it begins ({start})")
            return SingleFreeze(first, last, timezone, reason)
        case (int(), int()) as first, (int(), int()) as last:
            return WeeklyFreeze(first, last, timezone, reason)
    raise ValueError(f"{start!r} and {end!r}: a window begins and ends on week days, or begins and ends on dates")


def in_force(freezes: Iterable[Freeze], now: datetime) -> Frozen | None:
    """Return the freeze over `now` (aware UTC) that ends last, or None. A window holds from its start up to its end."""
    ends = [
        Frozen(end, window.reason)
        for window in freezes
        for start, end in _occurrences(window, now)
        if start <= now < end
    ]
    return max(ends, key=lambda frozen: frozen.until, default=None)


def _occurrences(window: Freeze, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    where = zone(window.timezone)
    if isinstance(window, SingleFreeze):
        yield _utc(window.start, where), _utc(window.end, where, last=True)
        return
    # Counted on the clock on the wall, week by week: across a change to or from daylight saving time a window is an
    # hour longer or shorter, and still ends when that clock says so.
    today = now.astimezone(where).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    for week in (-1, 0, 1):
        base = monday + timedelta(weeks=week)
        start = base + timedelta(days=window.start[0], minutes=window.start[1])
        end = base + timedelta(days=window.end[0], minutes=window.end[1])
        if end <= start:  # over the weekend into the next week; equal ends mean the whole week
            end += timedelta(weeks=1)
        yield _utc(start, where), _utc(end, where, last=True)


def _utc(wall: datetime, zone: "ZoneInfo", *, last: bool = False) -> datetime:
    """Return when the clock on the wall of `zone` shows `wall`: the first time, or the `last`, where it does so twice.

    A time that a change to daylight saving time leaves out has come when the clock is past it.
    """
    try:
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:  # at the ends of the calendar there is no other zone's time to speak of
        return wall.replace(tzinfo=UTC)
    if first <= second:
        return second if last else first
    # Left out: read by the clock of before the change it is later than by that of after. The change lies between.
    low, high = second, first
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
