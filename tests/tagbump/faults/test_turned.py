"""Branches that are turned back, replaced or deleted, between two runs and in the middle of one."""

import pytest

from tests.tagbump.faults.wrapper import before_push
from tests.tagbump.world import World, artifact, seed_files

NEW_HISTORY = "git -C {remote} update-ref refs/heads/main $(git -C {remote} commit-tree -m anew main^{{tree}})"
GONE = "git -C {remote} update-ref -d refs/heads/main"


def bump(world: World, tag: str) -> list[str]:
    return ["bump", "dev", artifact(tag), "--source", world.head()]


def test_a_history_that_was_replaced_between_two_runs_is_taken_as_it_is(ready: World) -> None:
    ready.git("checkout", "--quiet", "--orphan", "new")
    ready.write(seed_files())
    ready.git("add", "--all")
    ready.git("commit", "--quiet", "--message", "chore: anew")
    ready.git("push", "--quiet", "--force", "origin", "new:main", ":refs/tags/proof/dev/312e312e3000")

    ready.done(*bump(ready, "1.2.0"))

    assert ready.log() == ["chore(dev): release 1.2.0", "chore: anew"]
    assert ready.json("promote", "stage", "--artifact", artifact("1.1.0")).kind == "skip"


def test_a_history_that_is_replaced_during_a_push_is_not_brought_back(ready: World) -> None:
    words = bump(ready, "1.2.0")
    env = before_push(ready, NEW_HISTORY.format(remote=ready.remote))

    outcome = ready.json(*words, "--override", "older", "--reason", "its source is gone", env=env)

    assert outcome.code == 0, outcome
    assert ready.log() == ["chore(dev): release 1.2.0", "anew"]


@pytest.mark.parametrize("during", [False, True], ids=["between", "during"])
def test_a_branch_that_was_deleted_is_not_made_again(ready: World, during: bool) -> None:
    words, gone = bump(ready, "1.2.0"), GONE.format(remote=ready.remote)
    if not during:
        ready.git("update-ref", "-d", "refs/heads/main", cwd=ready.remote)

    outcome = ready.json(*words, env=before_push(ready, gone))

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert any(words in outcome.document["error"]["message"] for words in ("no branch 'main'", "is empty"))
    assert "refs/heads" not in ready.refs()


def test_a_branch_that_came_back_is_written_to_with_the_same_cache(ready: World) -> None:
    head = ready.head()
    words = bump(ready, "1.2.0")
    ready.git("update-ref", "-d", "refs/heads/main", cwd=ready.remote)
    assert ready.json(*words).code == 2
    ready.git("update-ref", "refs/heads/main", head, cwd=ready.remote)

    ready.done(*words)

    assert ready.log()[0] == "chore(dev): release 1.2.0"


def test_a_repository_that_was_made_anew_under_its_old_address_is_another(ready: World) -> None:
    ready.remote.rename(ready.root / "old.git")
    ready.git("init", "--quiet", "--bare", str(ready.remote))
    words = ["bump", "dev", artifact("1.2.0"), "--source", "0" * 40]

    empty = ready.json(*words)
    ready.write(seed_files())
    ready.git("checkout", "--quiet", "--orphan", "new")
    ready.git("commit", "--quiet", "--allow-empty", "--message", "chore: anew")
    ready.git("push", "--quiet", "origin", "new:main")
    taken = ready.done("bump", "dev", artifact("1.2.0"), "--source", ready.head())

    assert (empty.code, empty.kind) == (2, "usage")
    assert "is empty" in empty.document["error"]["message"]
    assert taken.document["commit"] == ready.head()
