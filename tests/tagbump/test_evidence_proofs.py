"""Which proof is to be believed."""

from datetime import timedelta

import pytest

from tagbump.model import Proof
from tagbump.promotion.evidence import proof_of
from tagbump.values import replace
from tests.tagbump.states import NOW, V1, V2, V3, Step, artifact, back, commit_of, proven, put, state, unsigned

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


def test_a_proof_that_is_not_due_yet_is_believed_and_left_to_the_soak() -> None:
    so_far = proven(state(*STORY), "stage", V2, ago=timedelta(seconds=-1))

    proof = proof_of(so_far, "stage", V2)

    assert isinstance(proof, Proof)
    assert proof.recorded_at > NOW
