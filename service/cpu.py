"""How many CPUs this process may use."""

import math
import os
from pathlib import Path

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def count(limit_file: Path = CGROUP_LIMIT) -> int:
    """Return the container's CPU limit rounded up, or the CPUs this process may run on where there is none.

    `limit_file` is cgroup v2's cpu.max: "max 100000", or microseconds granted in each period, "150000 100000".
    """
    available = _available()
    try:
        granted, period = limit_file.read_text().split()
    except (OSError, ValueError):
        return available
    if granted == "max":
        return available
    return max(1, min(available, math.ceil(int(granted) / int(period))))


def _available() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS keeps no process to some of its CPUs
        return os.cpu_count() or 1
