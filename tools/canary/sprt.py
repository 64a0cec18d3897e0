"""Wald's sequential probability ratio test of a canary's answers, as numbers. Pure.

Why this one: docs/decisions/0011-one-likelihood-ratio-a-rollout.md. Whoever changes a number here runs
`python -m canary --write-queries` and `make bench-canary`.
"""

from dataclasses import dataclass
from math import log
from typing import Final, NamedTuple

TIMES: Final = 5.0
"""What a canary is suspected of: this many times the share of the stable version, where that is more than `bad`."""

HOPELESS: Final = 0.1
"""The share of the stable version from which on nothing can be told of the canary: p1 would be half of all answers."""

PASS: Final = 4.6
"""How far below 0 the score passes the first analysis: ln 100, so that p1 passes it once in a hundred times."""

LATELY: Final = 13.9
"""Where the score of the last five minutes alone fails: ln 1,000,000 or so, as they begin anew all the time."""

LESS: Final = -1
"""Added to the stable version's bad answers. The first is no share yet: it would double what a canary is allowed."""

MORE: Final = 3
"""Added to those of the last five minutes instead: so few may have had none by luck, and nobody waits for the rest."""


class Counts(NamedTuple):
    """What a version has answered: `bad` answers (errors, or slow ones) and all `others`."""

    bad: float
    others: float


@dataclass(frozen=True)
class Trial:
    """A test of p0 against p1, the share of bad answers in a good and in a bad version.

    `good` is p0 where the stable version is not worse, and `bad` is p1 there. `fail` is the score that ends a rollout:
    whatever a good version's traffic and however often it is looked at, that happens to exp(-fail) of them at most.
    """

    name: str
    good: float
    bad: float
    fail: float

    def p0(self, stable: Counts, added: int = LESS) -> float | None:
        """Return the share that the canary is allowed, or None where the stable version is too broken to tell."""
        requests = stable.bad + stable.others
        if not requests:
            return self.good if added < 0 else None
        allowed = max((stable.bad + added) / requests, self.good)
        return allowed if allowed < HOPELESS else None

    def p1(self, p0: float) -> float:
        """Return the share that `p0` is tested against."""
        return max(TIMES * p0, self.bad)

    def weights(self, p0: float) -> tuple[float, float]:
        """Return what a bad answer adds to the score, and what another one does: above and below 0."""
        p1 = self.p1(p0)
        return log(p1 / p0), log((1 - p1) / (1 - p0))

    def score(self, canary: Counts, stable: Counts, added: int = LESS) -> float | None:
        """Return the logarithm of how many times likelier p1 makes what the canary answered than p0 does.

        None where the stable version is too broken to tell.
        """
        p0 = self.p0(stable, added)
        if p0 is None:
            return None
        bad, other = self.weights(p0)
        return canary.bad * bad + canary.others * other


# The two bounds together: at most 1 of 2,000 and 1 of 4,000 good versions. What is left of 1 in 1,000 is for LATELY.
ERRORS: Final = Trial("errors", good=0.001, bad=0.02, fail=7.61)
LATENCY: Final = Trial("latency", good=0.01, bad=0.1, fail=8.3)
SLOW_S: Final = "0.5"
"""A bucket's bound, as the service writes it: longer is slow."""
