"""What most tools do about a lost race: clone, commit, and then rebase and push until it works.

The order and the figures are those of Kargo's git-push step: each try rebases onto what the remote has and pushes; a
lost one is tried again after a pause, and a conflict ends it. Written anew from those figures; Kargo's own mutex, which
has the writers of one controller wait for each other, is of no use between agents, and is not here.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from typing import Final

from bench.errors import BenchFailed
from bench.generate import Built, overlay
from bench.running import run

_LOST: Final = re.compile(r"non-fast-forward|fetch first|cannot lock ref|failed to update ref|incorrect old value")


@dataclass(frozen=True)
class Tries:
    """How often a push is tried, and how long the pauses are."""

    most: int = 10
    first_s: float = 1.0
    factor: float = 1.5
    jitter: float = 0.5
    """The part of a pause that may come on top of it."""
    longest_s: float = 30.0

    def pauses(self, random: Random) -> Iterator[float]:
        """Give the pauses between the tries, in seconds."""
        pause_s = self.first_s
        for _ in range(self.most - 1):
            yield pause_s * (1 + self.jitter * random.random())
            pause_s = min(pause_s * self.factor, self.longest_s)


KARGOS: Final = Tries()


@dataclass(frozen=True)
class Writer:
    """One writer: what it releases where, and the folder that it clones into."""

    environment: str
    built: Built
    folder: Path

    def release(self, url: str, env: Mapping[str, str], tries: Tries, stop: Event) -> bool:
        """Clone, edit, commit, and push as often as `tries` says. False where it gave up, or `stop` was set.

        Raises BenchFailed for what is neither a lost race nor a conflict.
        """
        clone = self.folder / "clone"
        run("clone", "--quiet", url, str(clone), env=env)
        self._edit(clone / overlay(self.environment))
        run("commit", "--quiet", "--all", f"--message=chore({self.environment}): release", env=env, cwd=clone)
        try:
            return self._pushed(clone, env, tries, stop)
        finally:
            shutil.rmtree(clone)

    def _edit(self, path: Path) -> None:
        text = re.sub(r"newTag: \S+", f'newTag: "{self.built.tag}"', path.read_text())
        path.write_text(re.sub(r"digest: \S+", f"digest: {self.built.digest}", text))

    def _pushed(self, clone: Path, env: Mapping[str, str], tries: Tries, stop: Event) -> bool:
        pauses = tries.pauses(Random(self.built.seed))  # noqa: S311 - spreads writers, guards nothing
        while not stop.is_set():
            try:
                run("pull", "--quiet", "--rebase", "origin", "main", env=env, cwd=clone)
            except BenchFailed as error:
                if "could not apply" not in str(error):
                    raise
                return False  # a conflict: no trying again changes that
            try:
                run("push", "--quiet", "origin", "HEAD:main", env=env, cwd=clone)
            except BenchFailed as error:
                if not _LOST.search(str(error)):
                    raise
            else:
                return True
            pause_s = next(pauses, None)
            if pause_s is None:
                return False
            stop.wait(pause_s)
        return False
