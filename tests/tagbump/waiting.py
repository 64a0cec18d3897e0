"""A `tagbump wait` that runs beside a test."""

import subprocess
from collections.abc import Callable

from tests.tagbump import shapes
from tests.tagbump.world import TAGBUMP, Outcome, World


class Waiting:
    """A `wait` under way. `said` is what it has told of its progress."""

    def __init__(self, world: World, *arguments: str) -> None:
        """Begins at once, in the checkout of `world`. To be ended by `stop`."""
        self._words = ["wait", "--json", *arguments]
        self._run = subprocess.Popen(
            [*TAGBUMP, *self._words], cwd=world.checkout, env=world.env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.said = ""

    def says(self, words: str) -> None:
        """Go on when it has said `words`."""
        assert self._run.stderr
        while words not in self.said:
            line = self._run.stderr.readline()
            assert line, f"{words!r} was never said:\n{self.said}"
            self.said += line

    def outcome(self) -> Outcome:
        """Return how it ended, once it has."""
        stdout, rest = self._run.communicate(timeout=300)
        self.said += rest
        shapes.check(self._words, self._run.returncode, stdout)
        return Outcome(self._run.returncode, stdout, self.said)

    def stop(self) -> None:
        self._run.kill()
        self._run.communicate()


Begin = Callable[..., Waiting]
"""Begins a `wait`, and stops it when the test is over."""
