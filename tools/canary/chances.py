"""Chance: which answers of a version are bad, and what so many rollouts say of all that could be. Pure."""

from math import exp, inf, lgamma, log, log1p
from random import Random
from typing import Final

CONFIDENCE: Final = 0.99


class Steady:
    """A version each of whose answers is bad with the same chance: `share`."""

    def __init__(self, dice: Random, share: float) -> None:
        self._dice = dice
        self._log = log1p(-share)
        self._until = self._gap()

    def take(self, answers: int) -> int:
        """Return how many of the next `answers` are bad."""
        bad = 0
        while self._until <= answers:
            answers -= int(self._until)
            bad += 1
            self._until = self._gap()
        self._until -= answers
        return bad

    def _gap(self) -> float:
        """Return which answer is the next bad one: drawn at once, not answer by answer."""
        return int(log1p(-self._dice.random()) / self._log) + 1 if self._log else inf


def at_most(found: int, of: int) -> float:
    """Return the upper confidence bound (Clopper, Pearson) of a share that was `found` so many times `of` so many."""
    if found >= of:
        return 1.0
    low, high = found / of, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _no_more(found, of, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _no_more(found: int, of: int, share: float) -> float:
    """Return the chance to find it no more than so many times, were this the share."""
    whole = lgamma(of + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log1p(-share))
        for k in range(found + 1)
    )
