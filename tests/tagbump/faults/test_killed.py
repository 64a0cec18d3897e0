"""A run that is killed leaves the remote unchanged or with the whole release, and running it again ends with one."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.tagbump.faults.depth import DEEP
from tests.tagbump.faults.releases import BUMP, PROMOTE, ROLLBACK, Attempt, Before, landed, words_of
from tests.tagbump.faults.steps import EVERYTHING, KILLED, PROGRAMS, run_up_to
from tests.tagbump.world import World, copy_world

every_step = pytest.mark.skipif(
    not DEEP,
    reason="takes minutes: TAGBUMP_FAULTS=all kills at every step; without it, before every program",
)


def fresh(template: World, tmp_path: Path) -> Iterator[World]:
    """Give copies of a world, each for one run."""
    for number in count():
        yield copy_world(template, tmp_path / str(number))


def kill_everywhere(worlds: Iterator[World], attempt: Attempt, *, cold: bool, kinds: str) -> int:
    """Attempt it once for each step, in a world of its own. Return how many steps there were."""
    for step, world in enumerate(worlds, start=1):
        words, before = words_of(attempt, world), Before.of(world)
        if cold:
            shutil.rmtree(world.root / "cache")
        outcome = run_up_to(world, step, *words, kinds=kinds)
        if outcome.code != KILLED:
            assert outcome.code == 0, outcome
            return step - 1
        was_there = landed(world, attempt, before)

        again = world.done(*words)

        assert again.document["changed"] is not was_there
        assert landed(world, attempt, before)
    raise AssertionError("it never came to an end")


def test_before_any_program_that_a_bump_starts(ready_template: World, tmp_path: Path) -> None:
    assert kill_everywhere(fresh(ready_template, tmp_path), BUMP, cold=True, kinds=PROGRAMS) >= 7


@every_step
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
@pytest.mark.parametrize("attempt", [BUMP, PROMOTE, ROLLBACK], ids=lambda attempt: attempt.words[0])
def test_before_any_step(ready_template: World, tmp_path: Path, attempt: Attempt, cold: bool) -> None:
    assert kill_everywhere(fresh(ready_template, tmp_path), attempt, cold=cold, kinds=EVERYTHING) >= 20


def test_one_step_later_each_time_on_what_all_the_killed_ones_left(ready: World) -> None:
    attempt = ROLLBACK
    shutil.rmtree(ready.root / "cache")
    words, before = words_of(attempt, ready), Before.of(ready)

    step = 1
    while (outcome := run_up_to(ready, step, *words)).code == KILLED:
        landed(ready, attempt, before)
        step += 1

    assert outcome.code == 0, outcome
    assert step > 10
    assert landed(ready, attempt, before)
