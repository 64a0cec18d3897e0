"""What a merged pull request may bring along in its own commits: it may bind, and it grants nothing."""

import pytest

from tests.tagbump.world import OVERLAY, World, artifact

FOREIGN = artifact("6.6.6", repository="foreign.example.com/x")


def pinned(environment: str, held: str) -> dict[str, str | bytes]:
    image, digest = held.split("@")
    repository, tag = image.rsplit(":", 1)
    text = OVERLAY.format(name=environment, tag=tag, digest=digest)
    return {f"k8s/overlays/{environment}/kustomization.yaml": text.replace("registry.example.com/service", repository)}


def merge_what_undoes_itself(world: World, environment: str, held: str, *trailers: str) -> None:
    """Merge a branch whose first commit says it released `held`, and whose second takes that back."""
    world.git("pull", "--quiet", "--rebase")
    world.git("checkout", "--quiet", "-b", "side")
    world.write(pinned(environment, held))
    said = "\n".join([f"Image: {held}", *trailers])
    world.git("commit", "--quiet", "--all", "--message", f"chore({environment}): release it\n\n{said}")
    world.git("checkout", "--quiet", "main", "--", ".")
    world.git("commit", "--quiet", "--message", "chore: tidy up")
    world.git("checkout", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "--message", "Merge a branch", "side")
    assert world.git("diff", "HEAD^1", "HEAD") == ""
    world.git("push", "--quiet", "origin", "main")


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_it_brings_nothing_back_that_was_rolled_back_from(released: World, cold: bool) -> None:
    released.done("rollback", "prod", "--reason", "slow")
    merge_what_undoes_itself(released, "prod", artifact("1.1.0"), "Override: rolled-back", "Reason: ok")

    outcome = released.json("promote", "prod", "--approved-by", "grace", *(["--no-cache"] if cold else []))

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


def test_it_is_no_way_back(released: World) -> None:
    merge_what_undoes_itself(released, "prod", FOREIGN)

    outcome = released.done("rollback", "prod", "--reason", "slow")

    assert outcome.document["after"] == artifact("1.0.0")


def test_it_says_of_no_artifact_what_it_was_built_from(staged: World) -> None:
    before = staged.done("status").document["environments"][1]["source"]
    merge_what_undoes_itself(staged, "prod", artifact("1.1.0"), f"Source: {'0' * 40}")

    assert staged.done("status").document["environments"][1]["source"] == before


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_a_rollback_that_it_brings_along_binds(ready: World, cold: bool) -> None:
    held = artifact("1.1.0")
    merge_what_undoes_itself(ready, "dev", artifact("1.0.0"), f"Rolled-back-from: {held}", "Reason: slow")

    outcome = ready.json("promote", "stage", "--approved-by", "grace", *(["--no-cache"] if cold else []))

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


def test_where_nobody_may_lift_it_a_lifted_rule_is_not_believed(released: World) -> None:
    released.done("rollback", "prod", "--reason", "slow")
    released.done("promote", "prod", "--approved-by", "grace", "--reintroduce", "--reason", "it was the network")
    released.done("rollback", "prod", "--to", released.git("rev-parse", "main~1").strip(), "--reason", "back")
    policy = released.read("tagbump.yaml").replace("approval: four-eyes", "approval: four-eyes, overrides: {}")
    released.commit("chore: nobody lifts anything in prod", {"tagbump.yaml": policy})

    outcome = released.json("promote", "prod", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_a_release_by_hand_is_promoted_by_its_proof(world: World, cold: bool) -> None:
    files: dict[str, str | bytes] = {f"src/{number}.py": f"{number}\n" for number in range(60)}
    world.commit("feat: much at once\n\nDocker Image: see there", {**files, **pinned("dev", artifact("1.1.0"))})
    world.prove("dev")

    outcome = world.done("promote", "stage", "--approved-by", "grace", *(["--no-cache"] if cold else []))

    assert outcome.document["after"] == artifact("1.1.0")


def test_a_release_by_hand_is_still_known_after_the_branch_was_turned_back(world: World) -> None:
    by_hand = world.commit("fix: by hand", pinned("dev", artifact("1.1.0")))
    world.prove("dev")
    world.commit("docs: more")
    world.done("promote", "stage", "--approved-by", "grace", "--dry-run")
    world.git("update-ref", "refs/heads/main", by_hand, cwd=world.remote)
    world.git("reset", "--quiet", "--hard", by_hand)
    world.commit("docs: other")

    outcome = world.done("promote", "stage", "--approved-by", "grace")

    assert outcome.document["after"] == artifact("1.1.0")


def test_a_release_that_the_branch_was_turned_back_from_is_forgotten(world: World) -> None:
    source = world.bump("1.1.0")
    world.git("update-ref", "refs/heads/main", "main~1", cwd=world.remote)

    outcome = world.done("bump", "dev", artifact("1.1.0", build="another"), "--source", source)

    assert outcome.document["after"] == artifact("1.1.0", build="another")


def test_a_digest_that_changed_under_a_tag_used_by_hand_is_refused(world: World) -> None:
    world.bump("1.1.0")
    world.commit("fix: by hand", pinned("dev", artifact("1.2.0")))
    source = world.bump("1.3.0")

    outcome = world.json("bump", "dev", artifact("1.2.0", build="another"), "--source", source)

    assert (outcome.code, outcome.kind) == (3, "digest-changed")
