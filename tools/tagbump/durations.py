"""Durations as people write them: 30s, 10m, 1h, 2d."""

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(r"(\d{1,6})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse(text: str) -> timedelta:
    """Read `30s`, `10m`, `1h` or `2d`. Raises ValueError with what is wrong."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no duration: write 30s, 10m, 1h or 2d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def words(duration: timedelta) -> str:
    """Say `duration` in its two largest units: `2d 4h`, `31m`, `12s`."""
    seconds = max(0, int(duration.total_seconds()))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size}{unit}")
            seconds %= size
    return " ".join(parts[:2]) or "0s"
