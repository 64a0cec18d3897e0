"""Locks that a killed process left behind: in the cache nobody minds them, on the server it is said what they are."""

from pathlib import Path

import pytest

from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import BUMP, Before, landed, words_of
from tests.tagbump.faults.wrapper import before_push
from tests.tagbump.world import World


def cache_of(world: World) -> Path:
    return next((world.root / "cache" / "tagbump").iterdir())


def test_locks_in_the_cache_are_in_nobodys_way(ready: World) -> None:
    cache, before = cache_of(ready), Before.of(ready)
    names = ["packed-refs", "shallow", "config", "HEAD", "index", "FETCH_HEAD", "refs/looks/x"]
    refs = [str(ref.relative_to(cache)) for ref in (cache / "refs").rglob("*") if ref.is_file()]
    for name in [*names, *refs]:
        (cache / f"{name}.lock").parent.mkdir(parents=True, exist_ok=True)
        (cache / f"{name}.lock").touch()

    ready.done(*words_of(BUMP, ready))

    assert landed(ready, BUMP, before)


@pytest.mark.parametrize("name", some(["refs/heads/main.lock", "HEAD.lock"], 1))
def test_a_lock_on_the_branch_is_told_for_what_it_is_until_it_is_gone(ready: World, name: str) -> None:
    words, before = words_of(BUMP, ready), Before.of(ready)
    lock = ready.remote / name
    lock.touch()

    outcome = ready.json(*words, "--retry-for", "4s")

    assert (outcome.code, outcome.kind) == (4, "race")
    assert "did not move" in outcome.document["error"]["message"]
    assert name in outcome.document["error"]["message"]
    assert not landed(ready, BUMP, before)
    lock.unlink()
    ready.done(*words)
    assert landed(ready, BUMP, before)


def test_a_lock_on_the_branch_that_goes_away_is_waited_for(ready: World) -> None:
    words, before = words_of(BUMP, ready), Before.of(ready)
    lock = ready.remote / "refs" / "heads" / "main.lock"
    env = before_push(ready, f"touch {lock}", f"(sleep 1; rm {lock}) >/dev/null 2>&1 &")

    outcome = ready.json(*words, env=env)

    assert outcome.code == 0
    assert landed(ready, BUMP, before)


@pytest.mark.parametrize("name", some(["packed-refs.lock", "config.lock", "gc.pid", "shallow.lock"], 1))
def test_other_locks_on_the_server_do_not_keep_a_release_out(ready: World, name: str) -> None:
    before = Before.of(ready)
    (ready.remote / name).touch()

    ready.done(*words_of(BUMP, ready))

    assert landed(ready, BUMP, before)
