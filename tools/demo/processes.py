"""Programs that end when the demo does, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import IO, Final

Process = subprocess.Popen[bytes]
INTERRUPTIONS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_S: Final = 8.0  # by feel: a gunicorn that serves nobody ends in less than one second
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or hang-up into SystemExit(128 + its number), and ignore all after it.

    They are ignored at the end of the block as well: what follows is the cleaning up, which nothing may cut short.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        _ignore()
        raise SystemExit(128 + number)

    for each in INTERRUPTIONS:
        signal.signal(each, leave)
    try:
        yield
    finally:
        _ignore()


def _ignore() -> None:
    for each in INTERRUPTIONS:
        signal.signal(each, signal.SIG_IGN)


@contextmanager
def started(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    stop_by: signal.Signals = signal.SIGTERM,
    user: int | None = None,
) -> Iterator[Process]:
    """Run a program, in a session of its own so that a Ctrl-C does not reach it; stop it at the end of the block.

    `output` takes what it says; `user` is the id it runs as, None for our own. The kernel sends it `stop_by` should
    this process be killed without a chance to clean up.
    """
    process: Process | None = None
    try:
        with _signals_wait():  # between its start and our knowing of it nothing may come
            process = subprocess.Popen(
                arguments, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, user=user, group=user, extra_groups=None if user is None else [],
                preexec_fn=_tied_to_us(stop_by),  # noqa: PLW1509 - it allocates nothing and takes no lock
            )  # fmt: skip
        yield process
    finally:
        if process is not None:
            stop(process, stop_by)


def stop(process: Process, by: signal.Signals = signal.SIGTERM) -> int:
    """End a program that `started` started, and whatever is left of its session. Return its exit status."""
    with suppress(ProcessLookupError):
        process.send_signal(by)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def run(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    tell: Callable[[str], None] = lambda _: None,
    timeout_s: float = 60,
    user: int | None = None,
) -> tuple[int, str]:
    """Run a program to its end. Return its exit status and all it said; `tell` gets each line as it comes.

    A program that takes longer than `timeout_s` is killed, and the status is -9.
    """
    said = []
    with started(arguments, env=env, cwd=cwd, output=subprocess.PIPE, stop_by=signal.SIGKILL, user=user) as process:
        timer = Timer(timeout_s, process.kill)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            with process.stdout as lines:
                for line in lines:
                    said.append(line.decode(errors="replace"))
                    tell(said[-1].rstrip("\n"))
            status = process.wait()
        finally:
            timer.cancel()
    return status, "".join(said)


def _tied_to_us(by: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(by))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)

    return tie


@contextmanager
def _signals_wait() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
