"""On what a run was measured."""

import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.running import run

QUIET: Final = 0.5
"""The load average above which figures are not to be relied on."""


@dataclass(frozen=True)
class Machine:
    """What a figure depends on besides the code. `load` is the load average of the minute before the first figure."""

    cpu: str
    cores: int
    kernel: str
    git: str
    python: str
    load: float
    started: str

    @property
    def is_busy(self) -> bool:
        return self.load > QUIET


def look(env: Mapping[str, str]) -> Machine:
    """Return what this machine is, now. git is asked with `env`. Raises BenchFailed where there is none."""
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        git=run("--version", env=env).removeprefix("git version ").strip(),
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
        started=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()
