"""Moments as they are written: for machines, and for people. All in UTC, from any aware moment."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Write `moment` for machines, to the second: `2026-03-01T12:00:00Z`."""
    return _written(moment, "%Y-%m-%dT%H:%M:%SZ")


def second(moment: datetime) -> str:
    """Write `moment` for people who wait for it: `Sun 2026-03-01 12:00:00 UTC`."""
    return _written(moment, "%a %Y-%m-%d %H:%M:%S UTC")


def minute(moment: datetime) -> str:
    """Write `moment` for people: `2026-03-01 12:00 UTC`."""
    return _written(moment, "%Y-%m-%d %H:%M UTC")


def column(moment: datetime) -> str:
    """Write `moment` for a list of many, none of which needs to say UTC: `2026-03-01 12:00`."""
    return _written(moment, "%Y-%m-%d %H:%M")


def _written(moment: datetime, form: str) -> str:
    return moment.astimezone(UTC).strftime(form)
