"""Runs programs, and says how long they took."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bench.errors import BenchFailed

Process = subprocess.Popen[bytes]
PATIENCE_S: Final = 600  # what takes so long has no figure; by feel


def run(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """Run git and return what it said. Raises BenchFailed."""
    return run_program("git", *arguments, env=env, cwd=cwd)


def run_program(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """Run a program to its end and return what it said. Raises BenchFailed where it does not end with 0."""
    with started(*arguments, env=env, cwd=cwd) as process:
        out, err = said(process)
    if process.returncode != 0:
        words = (err or out).decode("utf-8", "replace").strip()
        raise BenchFailed(f"{' '.join(arguments)} ended with {process.returncode}: {words}")
    return out.decode("utf-8", "replace")


@contextmanager
def started(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> Iterator[Process]:
    """Run a program beside us. At the end of the block it has ended, and so has what it started itself."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            arguments, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise BenchFailed(f"{arguments[0]} cannot be run: {error.strerror}") from error
    try:
        yield process
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def said(process: Process) -> tuple[bytes, bytes]:
    """Wait for the end of a program, and return what it said. Raises BenchFailed where that does not come."""
    try:
        return process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise BenchFailed(f"{process.args!r} had not ended after {PATIENCE_S} s") from None


def seconds(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> float:
    """Run a program as `run_program` does and return the seconds from its start to its end."""
    begun = time.perf_counter()
    run_program(*arguments, env=env, cwd=cwd)
    return time.perf_counter() - begun
