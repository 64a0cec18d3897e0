"""Counts the pushes of a writer, by a git that stands before the real one on its PATH."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LOG: Final = "BENCH_PUSHES"


class Counter:
    """A git that writes down each push, in the file that the writer's environment names."""

    def __init__(self, folder: Path, git: str) -> None:
        """`folder` is empty and takes the program; `git` is the real one's path."""
        self._folder = folder
        program = folder / "git"
        program.write_text(
            f'#!/bin/sh\n[ "$1" != push ] || echo push >>"${_LOG}"\nexec {shlex.quote(git)} "$@"\n', encoding="utf-8"
        )
        program.chmod(0o755)

    def counting(self, env: Mapping[str, str], log: Path) -> dict[str, str]:
        """`env` for a writer whose pushes are written down in `log`."""
        return {**env, "PATH": f"{self._folder}:{env['PATH']}", _LOG: str(log)}


def count(log: Path) -> int:
    """How many pushes were written down in `log`."""
    return len(log.read_text().splitlines()) if log.exists() else 0
