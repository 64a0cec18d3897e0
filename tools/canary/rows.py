"""What became of the rollouts of a case, and how that is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from canary.cases import Case, Play
from canary.chances import CONFIDENCE, at_most

HEADINGS: Final = {
    "good": ("a good version gives", "a look every", "ended", "at most", "worked out", "goal", "met", "documented"),
    "bad": (
        "a bad version gives",
        "a look every",
        "stopped after",
        "9 of 10",
        "worked out",
        "goal",
        "met",
        "documented",
    ),
    "late": ("good answers before", "a look every", "stopped after", "9 of 10", "the score alone", "9 of 10"),
}


@dataclass(frozen=True)
class Ends:
    """How so many rollouts ended. `median` and `ninth`: the answers that half of the failed took, and nine in ten."""

    played: int
    failed: int
    promoted: int
    median: int | None
    ninth: int | None


@dataclass(frozen=True)
class Row:
    """A case, and what became of its rollouts. `met` is None where there is no goal."""

    table: str
    what: str
    every: int
    ours: Ends
    beside: Ends | None
    exact: float | None
    goal: float | None
    met: bool | None


def play(case: Case, number: int, seed: int) -> Row:
    """Play so many rollouts of a case: the same ones for the same `seed`. Of a late fault a tenth: they take long."""
    if case.table == "late":
        number = -(-number // 10)
    ours = _ends(case.play, number, f"{seed} {case.table} {case.what} {case.every}")
    beside = _ends(case.beside, number, f"{seed} {case.table} {case.what} {case.every} beside") if case.beside else None
    return Row(case.table, case.what, case.every, ours, beside, case.exact, case.goal, _met(case, ours))


def line(row: Row) -> tuple[str, ...]:
    """Return the cells of a row, in the order of the headings of its table."""
    ours, beside = row.ours, row.beside
    begin = (row.what, f"{row.every}")
    if row.table == "late":
        return (*begin, _number(ours.median), _number(ours.ninth), *(_stopped(beside) if beside else ("", "")))
    met = "" if row.met is None else "yes" if row.met else "**no**"
    if row.table == "good":
        known = "" if row.exact is None else _percent(row.exact)
        goal = "" if row.goal is None else f"below {_percent(row.goal)}"
        return (*begin, _share(ours), _percent(_bound(ours)), known, goal, met, _share(beside) if beside else "")
    known = "" if row.exact is None else _number(int(row.exact))
    goal = "" if row.goal is None else f"{row.goal:g}"
    return (*begin, *_stopped(ours), known, goal, met, _threshold(beside) if beside else "")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown, a table for each kind."""
    return "\n\n".join(
        "\n".join(map(_cells, [headings, ["---"] * len(headings), *(line(row) for row in rows if row.table == name)]))
        for name, headings in HEADINGS.items()
    )


def _ends(play: Play, number: int, seed: str) -> Ends:
    dice = Random(seed)
    outcomes = [play(dice) for _ in range(number)]
    failed = sorted(one.requests for one in outcomes if one.verdict == "failed")
    promoted = sum(one.verdict == "promoted" for one in outcomes)
    return Ends(number, len(failed), promoted, _quantile(failed, 0.5), _quantile(failed, 0.9))


def _quantile(values: Sequence[int], share: float) -> int | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def _met(case: Case, ours: Ends) -> bool | None:
    if case.goal is None:
        return None
    if case.table == "good":
        return _bound(ours) < case.goal
    return ours.median is not None and ours.median <= case.goal


def _bound(ends: Ends) -> float:
    return at_most(ends.failed, ends.played)


def _share(ends: Ends) -> str:
    return f"{ends.failed:,} of {ends.played:,}"


def _stopped(ends: Ends) -> tuple[str, str]:
    """Return the median and nine in ten, and how many were not stopped."""
    missed = ends.played - ends.failed
    return _number(ends.median), _number(ends.ninth) + (f" ({missed / ends.played:.1%} not at all)" if missed else "")


def _threshold(ends: Ends) -> str:
    return f"{_number(ends.median)}; {ends.promoted / ends.played:.0%} promoted"


def _percent(share: float) -> str:
    return f"{share * 100:.2g} %"


def _number(value: int | None) -> str:
    return "never" if value is None else f"{value:,}"


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def said(number: int, seed: int) -> str:
    """Return what the tables have in common, in words."""
    bound = f"`at most` is the upper bound that holds with {CONFIDENCE * 100:g} % confidence"
    return f"{number:,} rollouts of each kind, and {-(-number // 10):,} of a late fault; seed {seed}. {bound}."
