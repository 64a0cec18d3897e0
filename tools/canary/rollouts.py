"""Rollouts that never were: what the analyses and the watch make of a canary's answers, look by look. Pure."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from canary import sprt
from canary.chances import Steady
from canary.sprt import Counts, Trial

WEIGHTS: Final = (0.05, 0.25, 0.5)
"""The canary's share of all traffic in each analysis: k8s/components/canary."""

MOST: Final = 60_000
"""After so many answers of the canary a rollout that is neither failed nor promoted is given up."""

_LATELY: Final = 30  # looks: one every ten seconds, for five minutes
_PAUSED: Final = 1  # the analysis after which a person is waited for, from 0


@dataclass(frozen=True)
class Outcome:
    """How a rollout ended, and after how many answers of the canary."""

    verdict: Literal["failed", "promoted", "undecided"]
    requests: int


class Seen(NamedTuple):
    """What was counted until a look."""

    requests: int
    bad: int
    stable_requests: int
    stable_bad: int


_NOTHING: Final = Seen(0, 0, 0, 0)


@dataclass(frozen=True)
class Rollout:
    """A canary's way through its analyses, with a look `every` so many answers of it.

    `pause` is how many it gives while a person is waited for, after the second analysis. `lately` is whether the watch
    looks at the last five minutes as well.
    """

    trial: Trial
    every: int
    pause: int = 0
    lately: bool = True

    def play(self, canary: Steady, stable: Steady) -> Outcome:
        """Lead a canary through it, beside a stable version."""
        seen, analysis, resumed_at = _NOTHING, 0, 0
        looks = deque([seen], maxlen=_LATELY + 1)
        while seen.requests < MOST:
            paused = seen.requests < resumed_at
            seen = self._next(seen, canary, stable, WEIGHTS[_PAUSED if paused else analysis])
            looks.append(seen)
            if self._fails(looks):
                return Outcome("failed", seen.requests)
            if paused or not self._passes(seen, analysis):
                continue
            if analysis == len(WEIGHTS) - 1:
                return Outcome("promoted", seen.requests)
            resumed_at = seen.requests + self.pause if analysis == _PAUSED else 0
            analysis += 1
        return Outcome("undecided", seen.requests)

    def turn(self, good: int, canary: Steady, stable: Steady) -> Outcome:
        """Turn a canary bad that waits for a person and has given so many `good` answers; the bad version's count."""
        beside = round(1 / WEIGHTS[_PAUSED] - 1)
        before = [max(0, good - number * self.every) for number in range(_LATELY, -1, -1)]
        looks = deque([Seen(answers, 0, answers * beside, 0) for answers in before], maxlen=_LATELY + 1)
        seen = looks[-1]
        while seen.requests < good + MOST:
            seen = self._next(seen, canary, stable, WEIGHTS[_PAUSED])
            looks.append(seen)
            if self._fails(looks):
                return Outcome("failed", seen.requests - good)
        return Outcome("undecided", seen.requests - good)

    def _next(self, seen: Seen, canary: Steady, stable: Steady, weight: float) -> Seen:
        beside = round(self.every * (1 - weight) / weight)
        return Seen(
            seen.requests + self.every,
            seen.bad + canary.take(self.every),
            seen.stable_requests + beside,
            seen.stable_bad + stable.take(beside),
        )

    def _fails(self, looks: deque[Seen]) -> bool:
        seen, last = looks[-1], looks[-2]
        if seen.bad == last.bad and not seen.stable_bad:
            return False  # no score rises without a bad answer, where p0 is what it was
        score = self._score(seen, _NOTHING)
        if score is None or not self.lately:
            return score is not None and score >= self.trial.fail
        lately = self._score(seen, looks[0], sprt.MORE)
        return score >= self.trial.fail or (lately is not None and lately >= sprt.LATELY)

    def _passes(self, seen: Seen, analysis: int) -> bool:
        score = self._score(seen, _NOTHING)
        return score is not None and score <= -sprt.PASS * (analysis + 1)

    def _score(self, seen: Seen, before: Seen, added: int = sprt.LESS) -> float | None:
        """Return the score of what was counted between two looks."""
        bad = seen.bad - before.bad
        others = seen.requests - before.requests - bad
        stable_bad = seen.stable_bad - before.stable_bad
        stable_others = seen.stable_requests - before.stable_requests - stable_bad
        return self.trial.score(Counts(bad, others), Counts(stable_bad, stable_others), added)
