"""Sides are measured in turn, and a figure is what its samples say."""

from functools import partial

import pytest

from bench import rows
from bench.rounds import interleaved
from bench.rows import Row


def test_each_round_measures_every_side_once_and_begins_with_another() -> None:
    called = []

    def side(name: str) -> float:
        called.append(name)
        return float(len(called))

    took = interleaved(3, {name: partial(side, name) for name in "abc"}, lambda _: None)

    assert called == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert took == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_a_side_that_works_on_what_another_made_always_comes_after_it() -> None:
    called = []

    def side(name: str) -> float:
        called.append(name)
        return 0.0

    interleaved(2, {"make": partial(side, "make"), "use": partial(side, "use")}, lambda _: None, in_turn=False)

    assert called == ["make", "use", "make", "use"]


def test_a_ratio_is_that_of_each_round_and_not_that_of_the_medians() -> None:
    row = rows.slower("it", "peer", [1.0, 2.0, 4.0], [2.0, 2.0, 12.0], at_most=2)

    assert (row.theirs, row.ours, row.ratio) == ("2 s (1 s)", "2 s (2 s)", "2 (1)")
    assert (row.goal, row.met) == ("at most 2 times", True)
    assert row.samples["ratios"] == [2.0, 1.0, 3.0]


@pytest.mark.parametrize(
    ("row", "goal", "met"),
    [
        (rows.slower("it", "peer", [0.01], [0.0201], at_most=2), "at most 2 times", False),
        (rows.slower("it", "peer", [1.0], [9.0]), "", None),
        (rows.faster("it", "peer", [3.0], [0.1], at_least=30), "at least 30 times faster", True),
        (rows.faster("it", "peer", [2.9], [0.1], at_least=30), "at least 30 times faster", False),
        (rows.faster("it", "peer", [1.0], [9.0]), "", None),
        (rows.timed("it", [0.4, 0.5, 9.0], goal_s=0.5), "at most 500 ms", True),
        (rows.timed("it", [0.1, 0.6, 0.6], goal_s=0.5), "at most 500 ms", False),
        (rows.counted("it", [1, 6, 2], at_most=5), "at most 5", False),
        (rows.counted("it", [5, 1], at_most=5), "at most 5", True),
        (rows.share("it", [32, 31], 32, all_of_them=True), "all", False),
        (rows.share("it", [32, 32], 32, all_of_them=True), "all", True),
        (rows.share("it", [3], 32), "", None),
        (rows.failed("it", "no"), "", False),
    ],
)
def test_a_goal_is_met_by_the_median_of_what_is_timed_and_by_every_count(row: Row, goal: str, met: bool | None) -> None:
    assert (row.goal, row.met) == (goal, met)


def test_the_worst_count_is_the_one_that_is_shown() -> None:
    most = rows.counted("pushes", [2, 4], peer="loop", theirs=[9, 3])
    fewest = rows.share("landed", [32, 31], 1000, peer="loop", theirs=[30, 32])

    assert (most.theirs, most.ours) == ("9", "4")
    assert (fewest.theirs, fewest.ours) == ("30 of 1,000", "31 of 1,000")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(123.4, "123 s"), (2.345, "2.35 s"), (0.0456, "45.6 ms"), (0.00005, "50 µs"), (1234.0, "1,234 s")],
)
def test_a_figure_is_shown_in_the_unit_that_suits_it(seconds: float, shown: str) -> None:
    assert rows.timed("it", [seconds]).ours == f"{shown} ({shown})"
