"""Moments as answers write them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Return `moment`, which is aware, in UTC with microseconds and Z, whatever the database's time zone is."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
