"""The rows of the table: what was measured, beside what, and whether it is as fast as it is meant to be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

_LONG: Final = 300


@dataclass(frozen=True)
class Row:
    """One row, as it is shown. `met` is None where there is no goal; `samples` are what it was made from, in order.

    `why` is what keeps the goal from being met, shown where it was not.
    """

    what: str
    peer: str = ""
    theirs: str = ""
    ours: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    why: str = ""


def timed(what: str, ours: Sequence[float], *, goal_s: float | None = None, why: str = "") -> Row:
    """The row of what has no peer: `ours` in seconds. Its median is to be `goal_s` at most."""
    goal = f"at most {_shown(goal_s)}" if goal_s is not None else ""
    met = median(ours) <= goal_s if goal_s is not None else None
    return Row(what, ours=_figures(ours), goal=goal, met=met, samples={"ours_s": list(ours)}, why=why)


def slower(
    what: str,
    peer: str,
    theirs: Sequence[float],
    ours: Sequence[float],
    *,
    at_most: float | None = None,
    why: str = "",
) -> Row:
    """The row of what can only be slower than its peer: the ratio is how many times the peer's time it takes."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    row = _compared(Row(what, peer), theirs, ours, ratios)
    if at_most is None:
        return row
    return replace(row, goal=f"at most {at_most:g} times", met=median(ratios) <= at_most, why=why)


def faster(
    what: str,
    peer: str,
    theirs: Sequence[float],
    ours: Sequence[float],
    *,
    at_least: float | None = None,
    why: str = "",
) -> Row:
    """The row of what is to be faster than its peer: the ratio is how many times faster it is."""
    ratios = [other / mine for mine, other in zip(ours, theirs, strict=True)]
    row = _compared(Row(what, peer), theirs, ours, ratios)
    if at_least is None:
        return row
    return replace(row, goal=f"at least {at_least:g} times faster", met=median(ratios) >= at_least, why=why)


def counted(
    what: str, ours: Sequence[int], *, peer: str = "", theirs: Sequence[int] = (), at_most: int | None = None
) -> Row:
    """The row of what there should be few of. The largest count is shown, and is to be `at_most` so much."""
    shown = [f"{max(counts):,}" if counts else "" for counts in (theirs, ours)]
    row = Row(what, peer, shown[0], shown[1], samples={"theirs": list(theirs), "ours": list(ours)})
    return row if at_most is None else replace(row, goal=f"at most {at_most:,}", met=max(ours) <= at_most)


def share(
    what: str, ours: Sequence[int], of: int, *, peer: str = "", theirs: Sequence[int] = (), all_of_them: bool = False
) -> Row:
    """The row of how many of so many. The smallest count is shown, and is to be `all_of_them`."""
    shown = [f"{min(counts):,} of {of:,}" if counts else "" for counts in (theirs, ours)]
    row = Row(what, peer, shown[0], shown[1], samples={"theirs": list(theirs), "ours": list(ours)})
    return replace(row, goal="all", met=min(ours) == of) if all_of_them else row


def left_out(what: str, peer: str, why: str) -> Row:
    """The row of a peer that could not be measured here."""
    return Row(what, peer=peer, theirs=f"left out: {why}")


def failed(what: str, why: str) -> Row:
    """The row of what was to be measured, and could not be."""
    return Row(what, ours=f"failed: {' '.join(why.split())[:_LONG]}", met=False)


def _compared(row: Row, theirs: Sequence[float], ours: Sequence[float], ratios: Sequence[float]) -> Row:
    samples = {"theirs_s": list(theirs), "ours_s": list(ours), "ratios": list(ratios)}
    ratio = f"{_number(median(ratios))} ({_number(min(ratios))})"
    return replace(row, theirs=_figures(theirs), ours=_figures(ours), ratio=ratio, samples=samples)


def _figures(samples: Sequence[float]) -> str:
    return f"{_shown(median(samples))} ({_shown(min(samples))})"


def _shown(seconds: float) -> str:
    """`seconds` to three digits, in the unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(seconds * 1e6)} µs"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
