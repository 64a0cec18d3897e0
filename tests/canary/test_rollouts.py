"""A sample of what `make bench-canary` plays, held to what was worked out."""

from collections.abc import Callable
from itertools import accumulate, product
from random import Random

import pytest

from canary import documented, exact
from canary.cases import MOST_ENDED, MOST_REQUESTS, cases
from canary.chances import Steady
from canary.rollouts import WEIGHTS, Outcome, Rollout
from canary.rows import play
from canary.sprt import ERRORS, LATENCY, Trial
from tests.manifests.rendering import ROOT, render

CLEAN = 0.0


def played(number: int, one: Callable[[Random], Outcome]) -> list[Outcome]:
    dice = Random(11)
    return [one(dice) for _ in range(number)]


@pytest.mark.parametrize("every", [1, 5, 10, 50])
def test_fewer_than_one_in_a_thousand_good_versions_are_ended_however_often_one_looks(every: int) -> None:
    for trial in (ERRORS, LATENCY):
        assert exact.chances(trial, trial.good, every).failed < MOST_ENDED / 4


@pytest.mark.parametrize(
    ("share", "every", "within"), [(0.05, 1, 54), (0.05, 5, 55), (0.05, 10, MOST_REQUESTS), (0.2, 1, 14)]
)
def test_half_of_the_bad_versions_are_stopped_within_so_many_answers(share: float, every: int, within: int) -> None:
    assert exact.chances(ERRORS, share, every).median == within


def test_what_is_worked_out_is_what_all_ways_to_answer_come_to() -> None:
    trial, share, passes = Trial("errors", good=0.1, bad=0.5, fail=2.0), 0.4, -4.6
    failed = 0.0
    for way in product((True, False), repeat=12):
        scores = accumulate(trial.weights(0.1)[not bad] for bad in way)
        end = next((score for score in scores if score >= trial.fail or score <= passes), 0.0)
        if end >= trial.fail:
            failed += share ** sum(way) * (1 - share) ** (12 - sum(way))

    assert exact.chances(trial, share, 1, analyses=1, most=12).failed == pytest.approx(failed)


@pytest.mark.parametrize(("trial", "share"), [(ERRORS, 0.005), (LATENCY, 0.03)], ids=["errors", "latency"])
def test_what_is_played_is_what_was_worked_out(trial: Trial, share: float) -> None:
    rollout = Rollout(trial, 10, lately=False)
    ends = played(400, lambda dice: rollout.play(Steady(dice, share), Steady(dice, CLEAN)))

    failed = sum(end.verdict == "failed" for end in ends) / len(ends)

    expected = exact.chances(trial, share, 10).failed
    assert 0.1 < expected < 0.9
    assert failed == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 400) ** 0.5)


def test_a_good_version_is_promoted_after_three_times_240_answers() -> None:
    (end,) = played(1, lambda dice: Rollout(ERRORS, 10).play(Steady(dice, CLEAN), Steady(dice, CLEAN)))

    assert end == Outcome("promoted", 720)


def test_a_person_is_waited_for_after_the_second_analysis() -> None:
    (end,) = played(1, lambda dice: Rollout(ERRORS, 10, pause=5000).play(Steady(dice, CLEAN), Steady(dice, CLEAN)))

    assert end == Outcome("promoted", 480 + 5000 + 10)


def test_no_version_is_promoted_beside_a_stable_one_that_is_broken() -> None:
    ends = played(5, lambda dice: Rollout(ERRORS, 500).play(Steady(dice, CLEAN), Steady(dice, 0.2)))

    assert {end.verdict for end in ends} == {"undecided"}


def test_versions_that_are_as_bad_as_the_stable_one_are_seldom_ended() -> None:
    ends = played(300, lambda dice: Rollout(ERRORS, 10).play(Steady(dice, 0.005), Steady(dice, 0.005)))

    # Beside a stable version without errors it is every fourth.
    assert sum(end.verdict == "failed" for end in ends) <= 6


@pytest.mark.parametrize(("lately", "least", "most"), [(True, 100, 300), (False, 2500, 3500)])
def test_a_fault_that_begins_late_shows_in_the_last_five_minutes(lately: bool, least: int, most: int) -> None:
    rollout = Rollout(ERRORS, 10, lately=lately)

    ends = played(40, lambda dice: rollout.turn(20_000, Steady(dice, 0.05), Steady(dice, CLEAN)))

    assert least < sorted(end.requests for end in ends)[20] < most


@pytest.mark.parametrize(
    ("share", "end"),
    [(0.0, Outcome("promoted", 7 * 300)), (1.0, Outcome("failed", 3 * 300 + 15))],
    ids=["without errors", "nothing but errors"],
)
def test_the_documented_threshold_ends_at_the_fourth_bad_measurement(share: float, end: Outcome) -> None:
    assert played(1, lambda dice: documented.play(Steady(dice, min(share, 1 - 1e-12)), 1)) == [end]


def test_every_case_can_be_played_and_none_twice() -> None:
    every = list(cases())

    assert len({(case.table, case.what, case.every) for case in every}) == len(every)
    for case in every:
        row = play(case, 1, seed=1)
        assert row.ours.played == 1


def test_the_weights_are_those_of_the_rollout() -> None:
    (rollout,) = [one for one in render(ROOT / "k8s/overlays/prod") if one["kind"] == "Rollout"]

    weights = {
        step["setWeight"] / 100 for step in rollout["spec"]["strategy"]["canary"]["steps"] if "setWeight" in step
    }

    assert set(WEIGHTS) <= weights


def test_the_same_seed_plays_the_same_rollouts() -> None:
    case = next(case for case in cases() if case.table == "bad")

    one, same, other = (play(case, 20, seed=seed) for seed in (1, 1, 2))

    assert one == same != other
