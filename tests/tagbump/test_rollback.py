"""tagbump rollback: back to an earlier release, whatever the rules say, and not forward again unasked."""

import shutil
import signal

import pytest

from tests.tagbump.world import World, artifact


def test_rollback_gives_back_the_release_before(released: World) -> None:
    outcome = released.done("rollback", "prod", "--reason", "slow")

    assert outcome.document["after"] == artifact("1.0.0")
    assert released.artifact("prod") == artifact("1.0.0")


def test_rollback_says_who_asked_why_and_what_was_left_behind(released: World) -> None:
    released.done("rollback", "prod", "--reason", "slow", "--approved-by", "linus")

    assert released.message() == (
        "chore(prod): release 1.0.0\n\n"
        f"Image: {artifact('1.0.0')}\n"
        f"From-Image: {artifact('1.1.0')}\n"
        f"Rolled-back-from: {artifact('1.1.0')}\n"
        "Approved-by: linus\n"
        "Reason: slow"
    )


def test_a_rollback_without_a_reason_is_a_usage_error(released: World) -> None:
    outcome = released.json("rollback", "prod")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_what_was_rolled_back_from_is_refused_afterwards(released: World) -> None:
    released.done("rollback", "prod", "--reason", "slow")

    outcome = released.json("promote", "prod", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "rolled-back")
    assert "slow" in outcome.document["error"]["message"]
    assert "--reintroduce" in outcome.document["error"]["hint"]


def test_what_was_rolled_back_from_is_refused_in_every_later_environment(released: World) -> None:
    released.bump("1.2.0")
    released.prove("dev")
    released.done("promote", "stage", "--approved-by", "grace")
    released.prove("stage")
    released.done("rollback", "stage", "--reason", "slow")

    outcome = released.json("promote", "prod", "--artifact", artifact("1.2.0"), "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


def test_the_proof_of_what_was_rolled_back_from_is_void(released: World) -> None:
    released.done("rollback", "stage", "--reason", "slow")

    status = released.done("status").document["environments"]

    assert [entry["proof"] is not None for entry in status] == [True, False, False]


def test_an_artifact_comes_back_with_reintroduce(released: World) -> None:
    released.done("rollback", "prod", "--reason", "slow")

    released.done("promote", "prod", "--approved-by", "grace", "--reintroduce", "--reason", "it was the network")

    assert released.artifact("prod") == artifact("1.1.0")
    assert "Override: rolled-back\nReason: it was the network" in released.message()


def test_after_it_came_back_an_artifact_is_welcome_again(staged: World) -> None:
    staged.done("rollback", "stage", "--reason", "slow")
    staged.done("promote", "stage", "--approved-by", "grace", "--reintroduce", "--reason", "it was the network")
    staged.prove("stage")

    staged.done("promote", "prod", "--approved-by", "grace")

    assert staged.artifact("prod") == artifact("1.1.0")


def test_a_second_rollback_goes_further_back_and_not_forward_again(released: World) -> None:
    released.bump("1.2.0")
    released.done("rollback", "dev", "--reason", "slow")

    released.done("rollback", "dev", "--reason", "also slow")

    assert released.artifact("dev") == artifact("1.0.0")


def test_a_rollback_that_was_killed_after_its_push_is_not_made_twice(released: World) -> None:
    before = released.head()
    real = shutil.which("git", path=released.env["PATH"])
    git = released.root / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\n{real} "$@"\nstatus=$?\n[ "$1" = push ] && kill -9 $PPID\nexit $status\n')
    git.chmod(0o755)
    killed = released.run("rollback", "prod", "--reason", "slow", env={"PATH": f"{git.parent}:{released.env['PATH']}"})
    assert killed.code == -signal.SIGKILL
    assert released.head() != before
    landed = released.head()

    again = released.done("rollback", "prod", "--reason", "slow")

    assert again.document["changed"] is False
    assert released.head() == landed
    assert released.artifact("prod") == artifact("1.0.0")


def test_a_rollback_from_nothing_is_told_as_one(released: World) -> None:
    lines = released.read("k8s/overlays/prod/kustomization.yaml").splitlines(keepends=True)
    emptied = "".join(line for line in lines if "newTag" not in line and "digest" not in line)
    released.commit("fix: empty it", {"k8s/overlays/prod/kustomization.yaml": emptied})

    released.done("rollback", "prod", "--reason", "slow")

    newest = released.done("history", "prod").document["releases"][0]
    assert (newest["artifact"], newest["kind"]) == (artifact("1.1.0"), "rollback")


def test_a_rollback_that_was_told_of_is_followed_by_one_that_goes_further_back(released: World) -> None:
    released.bump("1.2.0")
    released.done("rollback", "dev", "--reason", "slow")

    again = released.done("rollback", "dev", "--reason", "slow too")

    assert again.document["after"] == artifact("1.0.0")


def test_a_pipeline_that_runs_again_rolls_back_once(released: World) -> None:
    released.bump("1.2.0")
    command = ["rollback", "dev", "--from", artifact("1.2.0"), "--reason", "slow"]
    assert released.done(*command).document["after"] == artifact("1.1.0")

    again = released.done(*command)

    assert again.document["changed"] is False
    assert released.artifact("dev") == artifact("1.1.0")


def test_rollback_to_a_named_release(released: World) -> None:
    first = released.git("rev-list", "--max-parents=0", "origin/main").strip()
    released.bump("1.2.0")

    released.done("rollback", "dev", "--to", first[:10], "--reason", "compare")

    assert released.artifact("dev") == artifact("1.0.0")


@pytest.mark.parametrize("to", ["0" * 40, "abc", "--all", "main"])
def test_rollback_to_what_is_no_release_is_a_usage_error(released: World, to: str) -> None:
    outcome = released.json("rollback", "prod", f"--to={to}", "--reason", "slow")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_rollback_where_there_is_nothing_to_go_back_to_is_a_usage_error(world: World) -> None:
    outcome = world.json("rollback", "prod", "--reason", "slow")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "tagbump history prod" in outcome.document["error"]["hint"]


def test_a_dry_rollback_pushes_nothing(released: World) -> None:
    before = released.refs()

    outcome = released.done("rollback", "prod", "--reason", "slow", "--dry-run")

    assert outcome.document["commit"] is None
    assert '+    newTag: "1.0.0"' in outcome.document["diff"]
    assert released.refs() == before


def test_with_proven_it_goes_past_what_was_never_seen_live(world: World) -> None:
    world.prove("dev")
    live = world.artifact("dev")
    world.bump("1.1.0")
    world.bump("1.2.0")

    outcome = world.done("rollback", "dev", "--proven", "--reason", "it broke")

    assert outcome.document["after"] == str(live) == str(world.artifact("dev"))


def test_a_release_that_is_named_is_not_looked_for(world: World) -> None:
    outcome = world.json("rollback", "dev", "--to", "1234567", "--proven", "--reason", "it broke")

    assert outcome.code == 2
    assert outcome.document["error"]["message"] == "--to names a release: --proven looks for one"
