"""Many writers at once on one branch, each on an agent of its own, beside the loop that clones and rebases."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bench import racing
from bench.generate import CHAIN, Shape
from bench.racing import Outcome, Race
from bench.retrying import KARGOS
from bench.rounds import interleaved
from bench.rows import Row, counted, faster, share, timed
from bench.workshop import Workshop

_GOAL_TIMES: Final = 3.0
_PUSHES: Final = 5
# What a goal that is missed is missed by.
_WHY: Final = "the writers are 32 Python programs that all start on this machine; the loop runs in threads of one"
_PEER: Final = "clone, then rebase and push until it works"


def measure(shop: Workshop) -> list[Row]:
    """Measure races of writers with an overlay each, and of writers that all want the same one."""
    writers = shop.sizes.writers
    shape = Shape(shop.sizes.few_commits, writers + len(CHAIN), roots=writers)
    ours = _Side(shop, shape, shape.free, racing.tagbump)
    loops = _Side(shop, shape, shape.free, racing.loop(KARGOS))
    took = interleaved(shop.rounds, {"ours": ours, "loops": loops}, shop.tell)
    what = f"{writers} writers at once, an overlay each"
    rows = [faster(what, _PEER, took["loops"], took["ours"], at_least=_GOAL_TIMES, why=_WHY)]
    rows += _counts(what, writers, ours.outcomes, loops.outcomes)

    # The loop has no part in this: two of its commits to one overlay are a conflict, which ends it.
    together = _Side(shop, shape, ["dev"] * writers, racing.tagbump)
    took = interleaved(shop.rounds, {"ours": together}, shop.tell)
    what = f"{writers} writers at once, all on one overlay"
    return [*rows, timed(what, took["ours"]), *_counts(what, writers, together.outcomes, [])]


class _Side:
    """One side of the races: what is called once a round, and what came of it."""

    def __init__(self, shop: Workshop, shape: Shape, names: Sequence[str], run: Callable[[Race], float]) -> None:
        self._hold = partial(racing.hold, shop, shape, names, run)
        self.outcomes: list[Outcome] = []

    def __call__(self) -> float:
        self.outcomes.append(self._hold())
        return self.outcomes[-1].seconds


def _counts(what: str, writers: int, ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> list[Row]:
    peer = _PEER if theirs else ""

    def once(outcomes: Sequence[Outcome]) -> list[int]:
        return [outcome.landing.once for outcome in outcomes]

    def most(outcomes: Sequence[Outcome]) -> list[int]:
        return [max(outcome.pushes) for outcome in outcomes]

    def doubled(outcomes: Sequence[Outcome]) -> list[int]:
        return [outcome.landing.doubled for outcome in outcomes]

    return [
        share(
            f"{what}: landed once, worst round", once(ours), writers, peer=peer, theirs=once(theirs), all_of_them=True
        ),
        counted(f"{what}: landed twice, worst round", doubled(ours), peer=peer, theirs=doubled(theirs), at_most=0),
        counted(
            f"{what}: pushes of one writer, worst round", most(ours), peer=peer, theirs=most(theirs), at_most=_PUSHES
        ),
    ]
