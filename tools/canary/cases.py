"""Which rollouts are played: versions good and bad, on traffic that is looked at often and seldom. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from canary import documented, exact
from canary.chances import Steady
from canary.rollouts import Outcome, Rollout
from canary.sprt import ERRORS, LATENCY, Trial

EVERY: Final = (1, 5, 10, 50)
MOST_ENDED: Final = 0.001
MOST_REQUESTS: Final = 60
MINUTE: Final = 60  # answers, where there is one a second and so ten from look to look

Play = Callable[[Random], Outcome]


@dataclass(frozen=True)
class Case:
    """One kind of rollout. `every` is how many answers of the canary there are from look to look.

    `beside` is the same traffic under other rules. `exact` was worked out: the share of good versions that is ended, or
    the median of the answers that stopping a bad one takes. `goal` is what these are to be below, or at most.
    """

    table: Literal["good", "bad", "late"]
    what: str
    every: int
    play: Play
    beside: Play | None = None
    exact: float | None = None
    goal: float | None = None


def cases() -> Iterator[Case]:
    """Yield all of them, in the order that they are shown in."""
    yield from _good()
    yield from _bad()
    yield from _late()


def _good() -> Iterator[Case]:
    for every in EVERY:
        known = exact.chances(ERRORS, 0.001, every).failed
        beside = _documented(0.001, every) if every >= 10 else None
        yield Case("good", "0.1 % errors", every, _plays(ERRORS, every, 0.001), beside, known, MOST_ENDED)
    for what, play in (
        ("0.1 % errors beside 0.1 % of the stable version", _plays(ERRORS, 10, 0.001, stable=0.001)),
        ("0.1 % errors, half an hour for a person", _plays(ERRORS, 10, 0.001, pause=30 * MINUTE)),
        ("0.1 % errors, three hours for a person", _plays(ERRORS, 10, 0.001, pause=180 * MINUTE)),
        ("0.1 % errors and 1 % slow answers, half an hour for a person", _plays_both(10, pause=30 * MINUTE)),
    ):
        yield Case("good", what, 10, play, goal=MOST_ENDED)
    known = exact.chances(LATENCY, 0.01, 10).failed
    yield Case("good", "1 % slow answers", 10, _plays(LATENCY, 10, 0.01), exact=known, goal=MOST_ENDED)
    for share in (0.002, 0.005, 0.01):
        what = f"{share * 100:g} % errors beside {share * 100:g} % of the stable version"
        yield Case("good", what, 10, _plays(ERRORS, 10, share, stable=share))


def _bad() -> Iterator[Case]:
    for share in (0.02, 0.05, 0.1, 0.2):
        for every in EVERY:
            known = exact.chances(ERRORS, share, every).median
            beside = _documented(share, every) if every >= 10 else None
            goal = MOST_REQUESTS if share == 0.05 and every <= 10 else None
            what = f"{share * 100:g} % errors"
            yield Case("bad", what, every, _plays(ERRORS, every, share), beside, known, goal)
    what = "5 % errors beside 0.1 % of the stable version"
    yield Case("bad", what, 10, _plays(ERRORS, 10, 0.05, stable=0.001), goal=MOST_REQUESTS)
    for share in (0.1, 0.25, 0.5):
        known = exact.chances(LATENCY, share, 10).median
        yield Case("bad", f"{share * 100:g} % slow answers", 10, _plays(LATENCY, 10, share), exact=known)


def _late() -> Iterator[Case]:
    for good in (500, 5_000, 50_000):
        for every in (10, 50):
            yield Case("late", f"{good:,}", every, _turns(good, every), _turns(good, every, lately=False))


def _plays(trial: Trial, every: int, share: float, *, stable: float = 0.0, pause: int = 0) -> Play:
    rollout = Rollout(trial, every, pause=pause)
    return lambda dice: rollout.play(Steady(dice, share), Steady(dice, stable))


def _plays_both(every: int, *, pause: int) -> Play:
    """Play a good version through both tests: whichever fails ends it."""
    errors, latency = _plays(ERRORS, every, 0.001, pause=pause), _plays(LATENCY, every, 0.01, pause=pause)

    def play(dice: Random) -> Outcome:
        ends = errors(dice), latency(dice)
        return next((end for end in ends if end.verdict == "failed"), ends[0])

    return play


def _turns(good: int, every: int, *, lately: bool = True) -> Play:
    """Play a version that has given so many good answers, and fails 5 % of those that follow."""
    rollout = Rollout(ERRORS, every, lately=lately)
    return lambda dice: rollout.turn(good, Steady(dice, 0.05), Steady(dice, 0.0))


def _documented(share: float, every: int) -> Play:
    return lambda dice: documented.play(Steady(dice, share), every / 10)
