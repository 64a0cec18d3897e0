"""What was left behind by a rollback, for whom and until when; and which proof is to be believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tagbump.model import Artifact, Environment, Proof
from tagbump.promotion.evidence import left_behind, proof_of, refused_in
from tests.tagbump.states import (
    DEV,
    NOW,
    PROD,
    STAGE,
    V1,
    V2,
    V3,
    Step,
    artifact,
    back,
    commit_of,
    empty,
    proven,
    put,
    state,
    unsigned,
)

QA = Environment("qa", "k8s/overlays/qa", "service", previous="dev")
FOUR = (DEV, STAGE, QA, PROD)
OUT = [put("dev", V1), put("stage", V1), put("qa", V1), put("prod", V1),
       put("dev", V2), put("stage", V2), put("qa", V2), put("prod", V2)]  # fmt: skip


def refusing(*after: Step, built: Artifact = V2) -> set[str]:
    """Return the environments that refuse `built` when everybody has had V2 and then `after` happened."""
    so_far = state(*OUT, *after, environments=FOUR)
    return {environment.name for environment in FOUR if left_behind(so_far, environment.name, built)}


# --- left behind ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "who"),
    [
        ([], set()),
        ([back("prod", V1)], {"prod"}),
        ([back("stage", V1)], {"stage", "prod"}),
        ([back("qa", V1)], {"qa"}),
        ([back("dev", V1)], {"dev", "stage", "qa", "prod"}),
        ([put("prod", V1)], set()),
        ([empty("prod")], set()),
    ],
    ids=["nothing", "last", "middle", "branch", "first", "no rollback", "emptied"],
)
def test_a_rollback_binds_its_environment_and_every_one_after_it(after: list[Step], who: set[str]) -> None:
    assert refusing(*after) == who


@pytest.mark.parametrize(
    ("after", "who"),
    [
        ([back("prod", V1), put("prod", V2, "rolled-back")], set()),
        ([back("prod", V1), put("stage", V2, "rolled-back")], {"prod"}),
        ([back("prod", V1), put("prod", V2)], {"prod"}),
        ([back("prod", V1), put("prod", V2, "frozen")], {"prod"}),
        ([back("prod", V1), put("prod", V3, "rolled-back")], {"prod"}),
        ([back("prod", V1), put("prod", V2, "frozen", "rolled-back")], set()),
        ([back("stage", V1), put("stage", V2, "rolled-back")], set()),
        ([back("stage", V1), put("prod", V2, "rolled-back")], {"stage"}),
        ([back("stage", V1), put("dev", V2, "rolled-back")], {"stage", "prod"}),
        ([back("stage", V1), put("qa", V2, "rolled-back")], {"stage", "prod"}),
        ([back("dev", V1), put("dev", V2, "rolled-back")], set()),
        ([back("dev", V1), put("stage", V2, "rolled-back")], {"dev", "qa"}),
        ([back("dev", V1), put("qa", V2, "rolled-back")], {"dev", "stage", "prod"}),
        ([back("prod", V1), put("prod", V2, "rolled-back"), back("prod", V1)], {"prod"}),
        ([back("stage", V1), back("prod", V1), put("stage", V2, "rolled-back")], {"prod"}),
        ([back("stage", V1), back("prod", V1), put("prod", V2, "rolled-back")], {"stage"}),
        ([put("prod", V2, "rolled-back"), back("prod", V1)], {"prod"}),
    ],
    ids=[
        "there",
        "before it only",
        "without a lift",
        "another rule lifted",
        "another artifact",
        "two rules lifted",
        "in the middle, there",
        "in the middle, further on",
        "in the middle, before it",
        "in the middle, beside it",
        "first, there",
        "first, on the way",
        "first, beside the way",
        "rolled back again",
        "two rollbacks, one lifted",
        "two rollbacks, the later lifted",
        "lifted before",
    ],
)
def test_it_binds_until_the_artifact_is_reintroduced_there_or_on_the_way(after: list[Step], who: set[str]) -> None:
    assert refusing(*after) == who


@pytest.mark.parametrize(
    ("built", "who"),
    [
        (artifact("2.0.0-hotfix", build="2.0.0"), {"prod"}),
        (artifact("2.0.0", repository="registry.example.com/mirror"), {"prod"}),
        (artifact("2.0.0", build="another"), set()),
        (V1, set()),
        (V3, set()),
    ],
    ids=["same digest, another tag", "same digest, another repository", "another digest", "what it went to", "unknown"],
)
def test_a_rollback_binds_the_digest_under_whatever_name(built: Artifact, who: set[str]) -> None:
    assert refusing(back("prod", V1), built=built) == who


def test_the_rollback_that_binds_is_told() -> None:
    so_far = state(*OUT, back("stage", V1, reason="it leaks"), environments=FOUR)

    rollback = left_behind(so_far, "prod", V2)

    assert rollback is so_far.releases[0]
    assert (rollback.environment, rollback.reason) == ("stage", "it leaks")


def test_a_rollback_elsewhere_is_not_one_of_the_environment_itself() -> None:
    so_far = state(*OUT, back("stage", V1), environments=FOUR)

    assert left_behind(so_far, "prod", V2, inherited=False) is None
    assert left_behind(so_far, "stage", V2, inherited=False) is so_far.releases[0]


@pytest.mark.parametrize(
    ("after", "who"),
    [
        ([unsigned(back("prod", V1))], set()),
        ([back("prod", V1), unsigned(put("prod", V2, "rolled-back"))], {"prod"}),
    ],
    ids=["rollback", "reintroduction"],
)
def test_a_release_that_no_signer_signed_says_nothing(after: list[Step], who: set[str]) -> None:
    assert refusing(*after) == who


def test_everything_an_environment_refuses_is_listed_newest_first() -> None:
    so_far = state(
        *OUT,
        back("prod", V1),
        put("stage", V3),
        back("stage", V1),
        put("qa", V3),
        back("qa", V1),
        put("dev", V3),
        environments=FOUR,
    )

    assert [(r.environment, r.before) for r in refused_in(so_far, "prod")] == [("stage", V3), ("prod", V2)]
    assert [(r.environment, r.before) for r in refused_in(so_far, "qa")] == [("qa", V3)]
    assert refused_in(so_far, "dev") == ()


def test_a_rollback_from_nothing_leaves_nothing_behind() -> None:
    so_far = state(*OUT, empty("prod"), back("prod", V1), environments=FOUR)

    assert refused_in(so_far, "prod") == ()
    assert left_behind(so_far, "prod", V2) is None


def test_what_came_back_is_not_listed() -> None:
    so_far = state(*OUT, back("prod", V1), put("prod", V2, "rolled-back"), environments=FOUR)

    assert refused_in(so_far, "prod") == ()


# --- which proof counts -----------------------------------------------------------------------------------------------

STORY = [put("dev", V1), put("stage", V1), put("dev", V2), put("stage", V2)]


def test_a_proof_on_a_release_of_the_artifact_counts() -> None:
    so_far = proven(state(*STORY), "stage", V2)

    proof = proof_of(so_far, "stage", V2)

    assert isinstance(proof, Proof)
    assert (proof.environment, proof.artifact, proof.release) == ("stage", str(V2), commit_of(3))


def test_a_proof_counts_on_any_release_of_the_artifact_there() -> None:
    so_far = proven(state(*STORY, put("stage", V1), put("stage", V2)), "stage", V2, said=stands_on(commit_of(3)))

    assert isinstance(proof_of(so_far, "stage", V2), Proof)


def test_a_proof_still_counts_when_the_environment_has_moved_on() -> None:
    so_far = proven(state(*STORY, put("stage", V3)), "stage", V2)

    assert isinstance(proof_of(so_far, "stage", V2), Proof)


def test_without_a_proof_its_absence_is_told() -> None:
    assert proof_of(state(*STORY), "stage", V2) == "no proof says that 2.0.0 was seen healthy in stage"


def stands_on(commit: str) -> dict[str, object]:
    return {"release": commit, "target": commit}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"environment": "dev"}, f"speaks of {V2} in dev, not of {V2} in stage"),
        ({"environment": "Stage"}, "in Stage, not of"),
        ({"artifact": str(V1)}, f"speaks of {V1} in stage"),
        ({"artifact": str(artifact("2.0.0-rc", build="2.0.0"))}, "speaks of"),
        ({"artifact": str(artifact("2.0.0", build="2.0.0" + "x" * 30))}, "speaks of"),
        ({"artifact": str(artifact("2.0.0", repository="registry.example.com/evil"))}, "speaks of"),
        ({"artifact": V2.digest}, "speaks of"),
        ({"artifact": ""}, "speaks of"),
        (stands_on(commit_of(1)), "does not stand on a release of 2.0.0 in stage"),
        (stands_on(commit_of(2)), "does not stand on a release of 2.0.0 in stage"),
        (stands_on("a" * 40), "does not stand on a release of 2.0.0 in stage"),
        (stands_on(""), "does not stand on a release of 2.0.0 in stage"),
        ({"target": commit_of(2)}, "does not stand on a release of 2.0.0 in stage"),
        ({"target": ""}, "does not stand on a release of 2.0.0 in stage"),
        ({"target": "e" * 40}, "does not stand on a release of 2.0.0 in stage"),
        ({"release": commit_of(1)}, "does not stand on a release of 2.0.0 in stage"),
        ({"release": commit_of(3)[:12]}, "does not stand on a release of 2.0.0 in stage"),
        ({"counts": False}, "is signed by none of the signers of stage"),
    ],
    ids=[
        "another environment",
        "another case",
        "another artifact",
        "another tag",
        "a digest that begins alike",
        "another repository",
        "a digest alone",
        "no artifact",
        "the release of another artifact",
        "the release of another environment",
        "no release at all",
        "nothing",
        "a tag on another commit",
        "a lightweight tag",
        "a tag of a tag",
        "another release than it stands on",
        "an abbreviated release",
        "unsigned",
    ],
)
def test_a_forged_proof_is_not_believed(said: dict[str, object], why: str) -> None:
    so_far = proven(state(*STORY), "stage", V2, said=said)

    assert why in str(proof_of(so_far, "stage", V2))


def test_a_proof_on_a_release_that_no_signer_signed_is_not_believed() -> None:
    signed = proven(state(*STORY), "stage", V2)
    so_far = replace(signed, releases=state(*STORY[:3], unsigned(STORY[3])).releases)

    assert str(proof_of(so_far, "stage", V2)).endswith("does not stand on a release of 2.0.0 in stage")


def test_a_proof_under_the_name_of_another_is_not_believed() -> None:
    other = artifact("2.0.0-evil", build="2.0.0" + "x" * 20)  # its digest begins with the same 12 digits
    so_far = proven(state(*STORY, put("stage", other)), "stage", V2)

    assert Proof.name_for("stage", other).startswith(Proof.name_for("stage", V2)[:20])
    assert isinstance(proof_of(so_far, "stage", other), str)


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        ([back("stage", V1)], False),
        ([back("stage", V1), put("stage", V2)], False),
        ([back("stage", V1), put("stage", V2, "rolled-back")], True),
        ([back("stage", V1), put("dev", V2, "rolled-back")], False),
        ([back("stage", V1), put("prod", V2, "rolled-back")], False),
        ([put("prod", V1), put("prod", V2), back("prod", V1)], True),
        ([back("dev", V1)], True),
        ([put("stage", V3), back("stage", V2)], True),
    ],
    ids=[
        "rolled back",
        "released again without a lift",
        "reintroduced",
        "reintroduced before",
        "reintroduced after",
        "rolled back further on",
        "rolled back before",
        "rolled back to",
    ],
)
def test_a_rollback_makes_the_proof_there_void_until_the_artifact_is_reintroduced(
    after: list[Step], counts: bool
) -> None:
    so_far = proven(state(*STORY, *after), "stage", V2)

    assert isinstance(proof_of(so_far, "stage", V2), Proof) == counts


def test_a_void_proof_names_the_rollback() -> None:
    so_far = proven(state(*STORY, back("stage", V1)), "stage", V2)

    said = str(proof_of(so_far, "stage", V2))

    assert said.endswith(f"is void: stage was rolled back from 2.0.0 ({commit_of(4)[:12]})")


def test_a_proof_is_believed_whenever_it_was_recorded() -> None:
    so_far = proven(state(*STORY), "stage", V2, ago=timedelta(seconds=-1))

    proof = proof_of(so_far, "stage", V2)

    assert isinstance(proof, Proof)
    assert proof.recorded_at > NOW
