"""tagbump bump: one commit, of exactly the bytes it means to, or a refusal and nothing."""

from collections.abc import Callable

import pytest

from tests.tagbump.world import REPOSITORY, World, artifact, digest_of


def test_bump_changes_tag_and_digest_and_touches_nothing_else(world: World) -> None:
    source = world.commit("feat: shorten links")

    outcome = world.done("bump", "dev", artifact("1.1.0"), "--source", source)

    assert outcome.document["commit"] == world.head()
    assert world.diff() == [
        '-    newTag: "1.0.0"  # keep me',
        f"-    digest: {digest_of('1.0.0')}",
        '+    newTag: "1.1.0"  # keep me',
        f"+    digest: {digest_of('1.1.0')}",
    ]
    assert world.git("diff", "--name-only", "main~1", "main", cwd=world.remote).split() == [
        "k8s/overlays/dev/kustomization.yaml"
    ]


def test_bump_says_in_the_commit_what_was_released_and_from_what(world: World) -> None:
    source = world.commit("feat: shorten links")

    world.done("bump", "dev", artifact("1.1.0"), "--source", source, "--reason", "the first   of  many")

    assert world.message() == (
        "chore(dev): release 1.1.0\n\n"
        f"Image: {artifact('1.1.0')}\n"
        f"From-Image: {artifact('1.0.0')}\n"
        f"Source: {source}\n"
        "Reason: the first of many"
    )


def test_bump_reports_the_documented_shape(world: World) -> None:
    source = world.commit("feat: shorten links")

    document = world.done("bump", "dev", artifact("1.1.0"), "--source", source).document

    assert list(document) == ["environment", "changed", "commit", "before", "after", "diff"]
    assert document["environment"] == "dev"
    assert document["changed"] is True
    assert (document["before"], document["after"]) == (artifact("1.0.0"), artifact("1.1.0"))
    assert f"+    digest: {digest_of('1.1.0')}\n" in document["diff"]


def test_bump_to_what_is_there_already_writes_nothing_and_succeeds(world: World) -> None:
    before = world.refs()

    outcome = world.done("bump", "dev", artifact("1.0.0"), "--source", world.head())

    assert outcome.document["changed"] is False
    assert outcome.document["commit"] is None
    assert world.refs() == before


def test_dry_run_prints_the_exact_diff_and_pushes_nothing(world: World) -> None:
    source = world.commit("feat: shorten links")
    before = world.refs()

    rehearsed = world.done("bump", "dev", artifact("1.1.0"), "--source", source, "--dry-run").document
    unchanged = world.refs()
    real = world.done("bump", "dev", artifact("1.1.0"), "--source", source).document

    assert unchanged == before
    assert rehearsed == {**real, "commit": None}


@pytest.mark.parametrize("tag", ["1.10", "1e3", "0x1F", "true", "1234567", "null", "2026-01-01", "0o17", "1_000", "y"])
def test_a_tag_that_yaml_could_misread_stays_a_string(world: World, tag: str) -> None:
    world.done("bump", "dev", artifact(tag), "--source", world.head())

    assert f'    newTag: "{tag}"  # keep me\n' in world.read("k8s/overlays/dev/kustomization.yaml")


def test_a_new_registry_travels_with_tag_and_digest(world: World) -> None:
    moved = artifact("1.1.0", repository="123456789012.dkr.ecr.eu-west-1.amazonaws.com/service")
    source = world.commit("feat: shorten links")

    world.done("bump", "dev", moved, "--source", source)

    assert world.artifact("dev") == moved


def test_an_environment_without_an_artifact_takes_its_first(world: World) -> None:
    world.commit("chore: take it away", {"k8s/overlays/dev/kustomization.yaml": "resources: [../../base]\n"})

    outcome = world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert outcome.document["before"] is None
    assert world.artifact("dev") == artifact("1.1.0")
    assert "From-Image" not in world.message()


def test_the_callers_checkout_index_and_branches_are_left_alone(world: World) -> None:
    source = world.commit("feat: shorten links")
    (world.checkout / "tagbump.yaml").write_text("broken: [")
    (world.checkout / "new.txt").write_text("not committed")
    world.git("add", "new.txt")
    before = [
        world.git(*words) for words in (("status", "--porcelain=v2", "--branch"), ("show-ref",), ("stash", "list"))
    ]

    world.done("bump", "dev", artifact("1.1.0"), "--source", source)

    after = [
        world.git(*words) for words in (("status", "--porcelain=v2", "--branch"), ("show-ref",), ("stash", "list"))
    ]
    assert after == before
    assert (world.checkout / "tagbump.yaml").read_text() == "broken: ["


def test_bump_refuses_a_tag_alone_and_pushes_nothing(world: World) -> None:
    before = world.refs()

    outcome = world.json("bump", "dev", f"{REPOSITORY}:1.1.0", "--source", world.head())

    assert (outcome.code, outcome.kind) == (3, "digest")
    assert world.refs() == before


def test_bump_takes_nothing_but_an_artifact(world: World) -> None:
    outcome = world.json("bump", "dev", "1.1.0", "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_no_override_lifts_a_missing_digest(world: World) -> None:
    outcome = world.json(
        "bump", "dev", f"{REPOSITORY}:1.1.0", "--source", world.head(), "--override", "digest", "--reason", "hurry"
    )

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_bump_refuses_an_environment_that_takes_its_artifacts_from_another(world: World) -> None:
    outcome = world.json("bump", "prod", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (3, "skip")
    assert "tagbump promote prod" in outcome.document["error"]["hint"]


def test_bump_refuses_a_digest_that_changed_under_the_same_tag(world: World) -> None:
    source = world.bump("1.1.0")

    outcome = world.json("bump", "dev", artifact("1.1.0", build="another"), "--source", source)

    assert (outcome.code, outcome.kind) == (3, "digest-changed")


def test_bump_refuses_an_older_build_over_a_newer_one(world: World) -> None:
    older = world.commit("feat: first")
    world.bump("1.2.0")

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", older)

    assert (outcome.code, outcome.kind) == (3, "older")
    assert older[:12] in outcome.document["error"]["message"]


def test_a_first_source_that_is_not_in_the_source_repository_is_warned_of(world: World) -> None:
    outcome = world.run("bump", "dev", artifact("1.1.0"), "--source", "f" * 40)

    assert outcome.code == 0
    assert "the source repository has no commit ffffffffffff" in outcome.stderr
    assert "or name the repository it was built from as `source:` in tagbump.yaml" in outcome.stderr


def test_an_environment_that_is_not_there_is_told_before_a_source_that_is_not(world: World) -> None:
    outcome = world.json("bump", "dve", artifact("1.1.0"), "--source", "abcdef1")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert outcome.document["error"]["message"] == "there is no environment 'dve' in tagbump.yaml"


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (
            "  - name: other\n",
            "k8s/overlays/dev has no entry 'service' (it has other): it is added; tagbump verify dev",
        ),
        ("  - name: other\n  - name: more\n", "k8s/overlays/dev has no entry 'service' (it has other, more)"),
        ("  - name: service\n", ""),
        ("  []\n", ""),
    ],
    ids=["beside another", "beside others", "is there", "the first"],
)
def test_an_entry_that_is_added_beside_others_is_told(world: World, images: str, told: str) -> None:
    source = world.commit(
        "feat: other images", {"k8s/overlays/dev/kustomization.yaml": f"resources: [../../base]\nimages:\n{images}"}
    )

    outcome = world.run("bump", "dev", artifact("1.1.0"), "--source", source)

    assert outcome.code == 0
    assert told in outcome.stderr
    assert bool(told) == bool(outcome.stderr)
    assert world.artifact("dev") == artifact("1.1.0")


def test_a_first_source_that_is_there_is_not_warned_of(world: World) -> None:
    outcome = world.run("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.stderr) == (0, "")


def test_bump_takes_a_build_from_a_branch_that_is_neither_older_nor_newer(world: World) -> None:
    fork = world.commit("feat: where the branches part")
    world.bump("1.2.0")
    world.git("checkout", "--quiet", "-b", "hotfix", fork)
    world.git("commit", "--quiet", "--allow-empty", "--message", "fix: on the side")
    world.git("push", "--quiet", "origin", "hotfix")
    aside = world.git("rev-parse", "hotfix").strip()

    outcome = world.done("bump", "dev", artifact("1.2.1"), "--source", aside)

    assert outcome.document["changed"] is True


def test_bump_refuses_a_source_whose_history_is_not_to_be_had(world: World) -> None:
    world.bump("1.1.0")

    outcome = world.json("bump", "dev", artifact("1.2.0"), "--source", "0123456789" * 4)

    assert (outcome.code, outcome.kind) == (3, "older")


def test_an_abbreviated_source_stands_whole_in_the_commit(world: World) -> None:
    source = world.commit("feat: shorten links")

    world.done("bump", "dev", artifact("1.1.0"), "--source", source[:10])

    assert f"Source: {source}" in world.message()


@pytest.mark.parametrize("source", ["HEAD", "main", "--all", "123456", "v1.0", "zzzzzzzzzz", "0000000000"])
def test_a_source_that_is_no_commit_is_a_usage_error(world: World, source: str) -> None:
    outcome = world.json("bump", "dev", artifact("1.1.0"), f"--source={source}")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_an_override_lifts_one_rule_and_stands_in_the_commit(world: World) -> None:
    older = world.commit("feat: first")
    world.bump("1.2.0")

    world.done(
        "bump", "dev", artifact("1.1.0"), "--source", older, "--override", "older", "--reason", "compare the two"
    )

    assert "Override: older\nReason: compare the two" in world.message()


@pytest.mark.parametrize("reason", ["", "two\nlines", "Approved-by: me\u2028", "\x1b[31mred", "x" * 501])
def test_a_reason_that_could_forge_a_trailer_is_a_usage_error(world: World, reason: str) -> None:
    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head(), f"--reason={reason}")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_an_override_without_a_reason_is_a_usage_error(world: World) -> None:
    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head(), "--override", "older")

    assert (outcome.code, outcome.kind) == (2, "usage")


def test_bump_refuses_a_frozen_environment_and_says_until_when(world_with: Callable[[str], World]) -> None:
    always = '[{from: "Mon 00:00", to: "Mon 00:00"}]'
    frozen = f"image: service\nenvironments:\n  dev: {{overlay: k8s/overlays/dev, freeze: {always}}}\n"
    world = world_with(frozen)

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (3, "frozen")
    assert "is frozen until Mon" in outcome.document["error"]["message"]


def test_a_release_says_that_no_cluster_told_of_a_rollout(world_with: Callable[[str], World]) -> None:
    policy = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
    world = world_with(policy)

    world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert "Not-judged: progressing (no cluster answered)" in world.message()


def test_a_release_is_not_made_where_a_cluster_is_required_and_none_answers(
    world_with: Callable[[str], World],
) -> None:
    policy = (
        "image: service\ncluster: required\nenvironments:\n"
        "  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
    )
    world = world_with(policy)

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (6, "unreachable")


def test_source_commits_may_live_in_another_repository(world: World, world_with: Callable[[str], World]) -> None:
    sources = world
    first, second = sources.commit("feat: first"), sources.commit("feat: second")
    policy = f"image: service\nsource: {sources.remote}\nenvironments:\n  dev: {{overlay: k8s/overlays/dev}}\n"
    gitops = world_with(policy)
    gitops.done("bump", "dev", artifact("1.2.0"), "--source", second)

    outcome = gitops.json("bump", "dev", artifact("1.1.0"), "--source", first)

    assert (outcome.code, outcome.kind) == (3, "older")
