"""Moments as machines read them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Write an aware `moment` in UTC, to the second: `2026-03-01T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
