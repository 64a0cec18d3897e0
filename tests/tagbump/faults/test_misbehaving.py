"""Whichever call of git goes wrong and in whichever way: there is one whole release or none, and it is known which."""

import shutil
import time
from itertools import count
from pathlib import Path

import pytest

from tests.tagbump.faults.depth import DEEP
from tests.tagbump.faults.releases import BUMP, PROMOTE, ROLLBACK, Attempt, Before, landed, words_of
from tests.tagbump.faults.steps import KILLED, run_apart
from tests.tagbump.faults.wrapper import MISDEEDS, misbehaving, runs
from tests.tagbump.world import World, copy_world


def expected(misdeed: str, *, was_there: bool) -> tuple[int, ...]:
    if misdeed == "outlives its caller":
        return (KILLED,)
    return (0,) if was_there else (2, 6)


def disturb_everywhere(template: World, tmp_path: Path, attempt: Attempt, misdeed: str, *, cold: bool) -> int:
    """Attempt it once for each call of git, which goes wrong. Return how many calls there were."""
    for at in count(1):
        world = copy_world(template, tmp_path / str(at))
        words, before = words_of(attempt, world), Before.of(world)
        if cold:
            shutil.rmtree(world.root / "cache")
        outcome = run_apart(world, *words, env=misbehaving(world, misdeed, at))
        if runs(world) < at:
            assert outcome.code == 0, outcome
            return at - 1
        if outcome.code == KILLED:
            while not (world.root / "done").exists():
                time.sleep(0.01)
        was_there = landed(world, attempt, before)
        assert outcome.code in expected(misdeed, was_there=was_there), outcome
        if outcome.code == 0:
            continue  # it is done, and known to be: to run it again would be another rollback

        again = world.done(*words)

        assert again.document["changed"] is not was_there
        assert landed(world, attempt, before)
    raise AssertionError("it never came to an end")


@pytest.mark.skipif(
    not DEEP,
    reason="takes minutes, with TAGBUMP_FAULTS=all: without it, a push that goes wrong is in test_landing",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("misdeed", MISDEEDS)
@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
@pytest.mark.parametrize("attempt", [BUMP, PROMOTE, ROLLBACK], ids=lambda attempt: attempt.words[0])
def test_any_verb(ready_template: World, tmp_path: Path, attempt: Attempt, cold: bool, misdeed: str) -> None:
    assert disturb_everywhere(ready_template, tmp_path, attempt, misdeed, cold=cold) >= 4
