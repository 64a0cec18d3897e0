"""Whose turn it is, where several tests use one platform at once: nobody releases to where somebody else does."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Turns:
    """Locks that are files in `folder`, so that processes share them; a process that dies gives its own up.

    Whoever has a turn takes no other before it is over, but for the "cluster", whose programs all rely on: two who did
    could wait for each other. Who had which, and after how long, is in turns.txt beside them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def at(self, *names: str) -> Iterator[None]:
        """Wait for a turn at environments, or at the "cluster"."""
        with ExitStack() as held:
            for name in sorted(names):  # the same order for everybody
                held.enter_context(self._turn(name))
            yield

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        asked = time.time()
        with (self._folder / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            had = time.time()
            try:
                yield  # closing gives it up
            finally:
                self._write(name, asked, had)

    def _write(self, name: str, asked: float, had: float) -> None:
        from_, to = (time.strftime("%H:%M:%S", time.localtime(one)) for one in (had, time.time()))
        who = os.environ.get("PYTEST_CURRENT_TEST", "set-up").rpartition("::")[2]
        with (self._folder / "turns.txt").open("a") as file:
            file.write(f"{from_} to {to}  {name:7}  {who}, after {had - asked:.0f} s\n")
