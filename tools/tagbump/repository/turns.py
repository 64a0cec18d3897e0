"""Writers that lost a race queue up: each leaves a ref on the remote, and the one that has waited longest goes first.

A turn is no lock. Whoever pushes without one may win, a turn that nobody uses is passed over, and a server that takes
no such refs is pushed to without: the branch's own head decides, as ever. What turns save is the pushing in vain.
"""

import os
import re
import time
from typing import Final

from tagbump import log
from tagbump.errors import TagbumpError
from tagbump.repository.cache import Cache
from tagbump.repository.git import GitFailed

PREFIX: Final = "refs/tagbump/turns/"
_NEAREST: Final = 200  # turns that are looked at: who is that far back waits for those ahead, who wait for the rest
_TURN: Final = re.compile(r"\d{13}-[0-9a-f]{8}")


class Turns:
    """The turns taken on one remote. A turn's name begins with the time at which it was taken, by its taker's clock."""

    def __init__(self, cache: Cache) -> None:
        self._git = cache.git

    def take(self) -> str | None:
        """Take a turn and return its name; None where the remote takes no such ref."""
        name = f"{time.time_ns() // 1_000_000:013d}-{os.urandom(4).hex()}"
        # It stands on its own name: a commit would have git look for what the remote has of its history.
        stone = self._git("hash-object", "-w", "--stdin", input=name.encode()).decode().strip()
        try:
            self._git("push", "--quiet", "--no-verify", "origin", f"{stone}:{PREFIX}{name}")
        except GitFailed as error:
            log.info("the remote takes no turns: %s", error.stderr)
            return None
        return name

    def ahead_of(self, name: str) -> list[str]:
        """Return the turns that come before the turn `name`, the first first; of a flood the last. Raises GitFailed."""
        listing = self._git("ls-remote", "--refs", "origin", f"{PREFIX}*").decode("utf-8", "replace")
        found = (line.partition("\t")[2].removeprefix(PREFIX) for line in listing.splitlines())
        return sorted(turn for turn in found if _TURN.fullmatch(turn) and turn < name)[-_NEAREST:]

    def leave(self, *names: str) -> None:
        """Take turns off the remote, as far as it lets us: what stays is passed over, and the release has landed."""
        try:
            self._git("push", "--quiet", "--no-verify", "origin", *(f":{PREFIX}{name}" for name in names))
        except (TagbumpError, OSError) as error:
            log.info("turns were left on the remote: %s", error)


def age_s(turn: str) -> float:
    """Return how long ago `turn` was taken, in seconds, by the clock of who took it and ours."""
    return time.time() - int(turn.partition("-")[0]) / 1000
