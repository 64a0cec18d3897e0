"""tagbump promote: an artifact proven in the environment before, verbatim, or a refusal that says why."""

from collections.abc import Callable

import pytest

from tests.tagbump.world import World, artifact, digest_of


def test_promote_moves_tag_and_digest_and_touches_nothing_else(ready: World) -> None:
    outcome = ready.done("promote", "stage", "--approved-by", "grace")

    assert outcome.document["commit"] == ready.head()
    assert ready.diff() == [
        '-    newTag: "1.0.0"  # keep me',
        f"-    digest: {digest_of('1.0.0')}",
        '+    newTag: "1.1.0"  # keep me',
        f"+    digest: {digest_of('1.1.0')}",
    ]


def test_promote_says_where_from_and_who_approved(world: World) -> None:
    source = world.bump("1.1.0")
    world.prove("dev")

    world.done("promote", "stage", "--approved-by", "grace")

    assert world.message() == (
        "chore(stage): release 1.1.0\n\n"
        f"Image: {artifact('1.1.0')}\n"
        f"From-Image: {artifact('1.0.0')}\n"
        f"Source: {source}\n"
        "Promoted-from: dev\n"
        "Approved-by: grace"
    )


def test_the_same_artifact_reaches_prod(staged: World) -> None:
    staged.done("promote", "prod", "--approved-by", "grace")

    assert {staged.artifact(name) for name in ("dev", "stage", "prod")} == {artifact("1.1.0")}


def test_promote_refuses_an_artifact_without_a_proof(world: World) -> None:
    world.bump("1.1.0")
    before = world.refs()

    outcome = world.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")
    assert world.refs() == before


def test_promote_refuses_an_artifact_that_the_environment_before_never_had(ready: World) -> None:
    outcome = ready.json("promote", "prod", "--artifact", artifact("1.1.0"), "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "skip")


def test_promote_takes_what_was_approved_even_if_the_environment_before_has_moved_on(ready: World) -> None:
    ready.bump("1.2.0")

    ready.done("promote", "stage", "--artifact", artifact("1.1.0"), "--approved-by", "grace")

    assert ready.artifact("stage") == artifact("1.1.0")


def test_promote_refuses_without_an_approval(ready: World) -> None:
    outcome = ready.json("promote", "stage")

    assert (outcome.code, outcome.kind) == (3, "approval")
    assert "--approved-by" in outcome.document["error"]["hint"]


@pytest.mark.parametrize("who", ["ada", "Ada", "ADA@example.com", "Ada <someone@else.example>"])
def test_promote_refuses_the_approval_of_an_author(staged: World, who: str) -> None:
    outcome = staged.json("promote", "prod", "--approved-by", who)

    assert (outcome.code, outcome.kind) == (3, "four-eyes")


def test_promote_refuses_the_approval_of_a_co_author(world: World) -> None:
    source = world.commit("feat: together\n\nCo-authored-by: Grace Hopper <grace@example.com>")
    world.done("bump", "dev", artifact("1.1.0"), "--source", source)
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "linus")
    world.prove("stage")

    outcome = world.json("promote", "prod", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "four-eyes")


def test_an_author_of_earlier_commits_may_approve_later_ones(staged: World) -> None:
    staged.done("promote", "prod", "--approved-by", "linus")
    source = staged.commit("feat: by another", by="Grace <grace@example.com>")
    staged.done("bump", "dev", artifact("1.2.0"), "--source", source)
    staged.prove("dev")
    staged.done("promote", "stage", "--approved-by", "linus")
    staged.prove("stage")

    staged.done("promote", "prod", "--approved-by", "ada")

    assert staged.artifact("prod") == artifact("1.2.0")


@pytest.mark.parametrize(
    "forged",
    [
        {"Environment": "stage"},
        {"Artifact": artifact("1.2.0")},
        {"Release": "0" * 40},
        {"target": "origin/main"},
        {"Recorded_at": "yesterday"},
    ],
    ids="-".join,
)
def test_promote_refuses_a_forged_proof(ready: World, forged: dict[str, str]) -> None:
    ready.commit("docs: something after the release")
    ready.prove("dev", **forged)

    outcome = ready.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")


def test_a_lightweight_tag_proves_nothing(world: World) -> None:
    world.bump("1.1.0")
    name = f"proof/dev/{digest_of('1.1.0').removeprefix('sha256:')[:12]}"
    world.git("fetch", "--quiet", "origin")
    world.git("push", "--quiet", "origin", f"origin/main:refs/tags/{name}")

    outcome = world.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")


def test_promote_refuses_a_soak_that_is_not_over(world_with: Callable[[str], World]) -> None:
    policy = (
        "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev}\n"
        "  stage: {overlay: k8s/overlays/stage, from: dev, soak: 30m}\n"
    )
    world = world_with(policy)
    world.bump("1.1.0")
    world.prove("dev", at="2099-01-01T00:00:00Z")

    outcome = world.json("promote", "stage")

    assert (outcome.code, outcome.kind) == (3, "soak")


def test_promote_of_what_is_there_already_writes_nothing_and_succeeds(staged: World) -> None:
    before = staged.refs()

    outcome = staged.done("promote", "stage")

    assert outcome.document["changed"] is False
    assert staged.refs() == before


def test_promote_to_an_environment_without_from_is_a_usage_error(world: World) -> None:
    outcome = world.json("promote", "dev")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_several_objections_are_told_at_once(world: World) -> None:
    world.bump("1.1.0")

    outcome = world.run("promote", "stage")

    assert outcome.code == 3
    assert "unproven: no proof says" in outcome.stderr
    assert "also approval:" in outcome.stderr


def test_promote_refuses_an_older_build_over_a_newer_one(staged: World) -> None:
    staged.bump("1.2.0")
    staged.prove("dev")
    staged.done("promote", "stage", "--approved-by", "grace")

    outcome = staged.json("promote", "stage", "--artifact", artifact("1.1.0"), "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "older")


def test_overrides_are_for_the_people_and_rules_that_the_policy_names(world_with: Callable[[str], World]) -> None:
    policy = (
        "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev}\n"
        "  stage: {overlay: k8s/overlays/stage, from: dev, overrides: {unproven: [grace]}}\n"
    )
    world = world_with(policy)
    world.bump("1.1.0")
    lift = ("promote", "stage", "--override", "unproven", "--reason", "it is urgent")

    nobody = world.json(*lift)
    another = world.json(*lift, "--approved-by", "ada")
    grace = world.json(*lift, "--approved-by", "grace")

    assert [(nobody.code, nobody.kind), (another.code, another.kind)] == [(3, "unproven"), (3, "unproven")]
    assert grace.code == 0
    assert "Override: unproven" in world.message()
