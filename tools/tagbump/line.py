"""The line that writers stand in once they have lost a race: whose turn it is, and when to stop waiting for whom."""

import time
from typing import Final

from tagbump.repository import turns
from tagbump.repository.git import GitFailed
from tagbump.repository.remote import Remote

_GIVES_UP_ON_S: Final = 10.0  # a writer takes a second for its turn; a line that stands still is a dead one. By feel
_FORGOTTEN_S: Final = 600.0  # older than --retry-for lets anybody wait, and than clocks are apart
_MOST_CLEARED: Final = 20  # each costs the server some milliseconds, after the release has landed; by feel
_STEP_S: Final = 0.05  # between two looks, for each writer ahead
_LONGEST_STEP_S: Final = 1.0


class Line:
    """One writer's place in the line of those that wait to push to one remote."""

    def __init__(self, remote: Remote, *, give_up: float) -> None:
        """`give_up` is the moment, by the monotonic clock, at which waiting is over."""
        self._remote = remote
        self._give_up = give_up
        self.turn: str | None = None
        """What goes with the next push; None before the first race was lost, and where the remote takes no turns."""
        self._dead: set[str] = set()
        self._tries = 0

    def wait(self) -> bool:
        """Wait until it is our turn to try again. False where the time is over."""
        self._tries += 1
        if time.monotonic() >= self._give_up:
            return False
        if self.turn is None:
            self.turn = self._remote.turns.take()
        if self.turn is None:
            return self._sleep(_STEP_S * 2 ** min(self._tries, 5))
        self._wait_for(self.turn)
        return True  # where the time is over meanwhile, this is one last try

    def _wait_for(self, turn: str) -> None:
        seen, since = list[str](), time.monotonic()
        while ahead := self._ahead_of(turn):
            if ahead != seen:
                seen, since = ahead, time.monotonic()
            elif time.monotonic() - since > _GIVES_UP_ON_S:
                # Nobody came and nobody went. If they are alive after all, the head decides, as without turns.
                self._dead.update(ahead)
            elif not self._sleep(min(_LONGEST_STEP_S, _STEP_S * (3 * len(ahead) - 2))):
                return

    def _ahead_of(self, turn: str) -> list[str]:
        try:
            ahead = self._remote.turns.ahead_of(turn)
        except GitFailed:
            return []  # the push itself will say what is wrong with the remote
        forgotten = [other for other in ahead if turns.age_s(other) > turns.age_s(turn) + _FORGOTTEN_S]
        self._dead.update(forgotten)
        return [other for other in ahead if other not in self._dead]

    def _sleep(self, duration_s: float) -> bool:
        from random import uniform  # noqa: PLC0415 - few runs lose a race

        left_s = self._give_up - time.monotonic()
        time.sleep(max(0.0, min(duration_s * uniform(0.5, 1), left_s)))  # noqa: S311 - spreads writers, guards nothing
        return left_s > 0

    def leave(self) -> None:
        """Give the place up, and with it a few of those whose writers came no more."""
        if left := [*filter(None, [self.turn]), *sorted(self._dead)[:_MOST_CLEARED]]:
            self._remote.turns.leave(*left)
