"""The clock on a wall: whether a freeze holds by it, counted minute by minute, and when that may change."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from tests.tagbump.machine.demands import Window

_DAYS: Final = {"Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3, "Fri": 4, "Sat": 5, "Sun": 6}
_MINUTE, _HOUR, _DAY, _WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def is_frozen(windows: Iterable[Window], now: datetime) -> bool:
    """Say whether one of `windows` holds at `now`: from when the wall first shows its start until it last is before
    its end."""
    return any(_holds(window, now) for window in windows)


def are_changed(windows: Iterable[Window], now: datetime) -> bool:
    """Say whether the clock of one of `windows` is put forward or back about `now`."""
    return any(_is_changed(now, ZoneInfo(window.zone)) for window in windows)


def _holds(window: Window, now: datetime) -> bool:
    latest, earliest = _shown(now, ZoneInfo(window.zone))
    start = _last(window.start, latest)
    if start is None:
        return False
    end = _next(window.end, start)
    return end is not None and earliest < end


def _shown(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the latest time the wall has shown up to now, and the earliest it will show from now on."""
    wall = _wall(now, zone)
    if not _is_changed(now, zone):
        return wall, wall
    past = now.replace(second=0)
    future = now if past == now else past + _MINUTE
    minutes = range(180)
    return (
        max(wall, *(_wall(past - minute * _MINUTE, zone) for minute in minutes)),
        min(wall, *(_wall(future + minute * _MINUTE, zone) for minute in minutes)),
    )


def _is_changed(now: datetime, zone: ZoneInfo) -> bool:
    return _wall(now + 3 * _HOUR, zone) - _wall(now - 3 * _HOUR, zone) != 6 * _HOUR


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _last(words: str, wall: datetime) -> datetime | None:
    """Return the last time that `words` mean, up to `wall`; None where there is none."""
    if words[:3] not in _DAYS:
        once = datetime.fromisoformat(words)
        return once if once <= wall else None
    day = wall.date()
    while True:
        if day.weekday() == _DAYS[words[:3]]:
            found = datetime.fromisoformat(f"{day} {words[4:]}")
            if found <= wall:
                return found
        day -= _DAY


def _next(words: str, wall: datetime) -> datetime | None:
    """Return the first time that `words` mean after `wall`; None where there is none."""
    if words[:3] not in _DAYS:
        once = datetime.fromisoformat(words)
        return once if once > wall else None
    return _last(words, wall + _WEEK)


def edges(windows: Iterable[Window], now: datetime) -> list[datetime]:
    """Return the moments to come within ten days at which a window may begin or end, in order."""
    found = {moment for window in windows for moment in _edges(window, now.date())}
    return sorted(moment for moment in found if now <= moment <= now + 10 * _DAY)


@cache
def _edges(window: Window, today: date) -> tuple[datetime, ...]:
    """Return what the words of `window` may mean, and when its clock is put forward or back."""
    zone = ZoneInfo(window.zone)
    midnight = datetime.combine(today, time(), UTC)
    hours = [midnight + number * _HOUR for number in range(-24, 12 * 24)]
    changes = [
        after
        for before, after in pairwise(hours)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]
    meant = [
        wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        for words in (window.start, window.end)
        for days in range(12)
        if (wall := _last(words, datetime.combine(today, time()) + days * _DAY)) is not None
        for fold in (0, 1)
    ]
    return (*changes, *meant)
