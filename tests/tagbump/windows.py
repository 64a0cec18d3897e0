"""Freezes as they are written, and when they hold, as a line of text."""

from datetime import UTC, datetime

from tagbump.model import Freeze, Frozen
from tagbump.promotion import freezes

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
WEEKEND = ("Fri 16:00", "Mon 08:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str, timezone: str = "UTC", reason: str | None = None) -> Freeze:
    return freezes.freeze(start, end, timezone, reason)


def until(held: Frozen | None) -> str | None:
    return f"{held.until:%Y-%m-%d %H:%M}" if held else None
