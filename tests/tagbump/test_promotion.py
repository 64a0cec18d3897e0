"""What is decided: which artifact goes where, and what can't be asked."""

import pytest

from tagbump.errors import Refused, UsageError
from tagbump.model import Artifact
from tagbump.promotion import decisions
from tagbump.state import Lineage, Plan, Request, State
from tagbump.values import replace
from tests.tagbump.states import (
    DEV,
    FREEZE,
    OLDER,
    PROD,
    STAGE,
    UNKNOWN,
    V1,
    V2,
    V3,
    back,
    bump,
    case,
    decide,
    empty,
    promote,
    proven,
    put,
    ready,
    refusal,
    source_of,
    state,
    unsigned,
    with_environment,
)


def test_a_bump_sets_the_artifact_that_was_named() -> None:
    plan = decide(ready(), bump(V3))

    assert plan == Plan("dev", V2, V3, (("Image", str(V3)), ("From-Image", str(V2)), ("Source", source_of("3.0.0"))))
    assert plan.changed


def test_a_promotion_takes_what_from_holds_verbatim() -> None:
    plan = decide(ready(), promote("prod", approved_by="grace"))

    assert plan == Plan(
        "prod",
        V1,
        V2,
        (
            ("Image", str(V2)),
            ("From-Image", str(V1)),
            ("Source", source_of("2.0.0")),
            ("Promoted-from", "stage"),
            ("Approved-by", "grace"),
        ),
    )


def test_a_promotion_takes_what_was_approved_even_if_from_has_moved_on() -> None:
    so_far = state(put("prod", V1), put("dev", V2), put("stage", V2), put("dev", V3), put("stage", V3))
    so_far = proven(proven(so_far, "stage", V2), "stage", V3)

    assert decide(so_far, promote("prod", named=V2)).after == V2
    assert decide(so_far, promote("prod")).after == V3


def test_the_first_artifact_of_an_environment_comes_by_the_same_rules() -> None:
    so_far = proven(state(put("dev", V1), put("stage", V1)), "stage", V1)

    plan = decide(so_far, promote("prod"))

    assert (plan.before, plan.after) == (None, V1)
    assert "From-Image" not in dict(plan.trailers)
    assert refusal(case(replace(so_far, proofs={}), promote("prod"))).kind == "unproven"
    assert decide(state(), bump(V1)).before is None


def test_an_artifact_whose_source_nobody_said_has_no_source_trailer() -> None:
    so_far = proven(state(put("stage", V2, source=None)), "stage", V2)

    assert "Source" not in dict(decide(so_far, promote("prod")).trailers)


def test_the_source_of_an_artifact_is_the_one_its_newest_release_says() -> None:
    so_far = state(put("dev", V2, source="a" * 40), put("dev", V2, source="b" * 40), put("stage", V2, source=None))

    assert decisions.candidate(so_far, promote("prod")).source == "b" * 40


def test_the_source_that_an_unsigned_release_says_is_not_believed() -> None:
    so_far = state(put("dev", V2, source="a" * 40), unsigned(put("stage", V2, source="b" * 40)))

    assert decisions.candidate(so_far, promote("prod", named=V2)).source == "a" * 40


@pytest.mark.parametrize(
    ("wanted", "held"),
    [(bump(V2), V2), (promote("stage"), V2), (promote("stage", named=V2), V2), (promote("prod", named=V1), V1)],
    ids=["bump", "promote", "promote, named", "promote what from has left"],
)
@pytest.mark.parametrize("lineage", [OLDER, UNKNOWN])
def test_what_is_so_already_is_no_refusal(wanted: Request, held: Artifact, lineage: Lineage) -> None:
    so_far = state(put("prod", V1), put("dev", V2), put("stage", V2), put("stage", V1), back("stage", V2))
    for environment in (DEV, STAGE, PROD):
        so_far = with_environment(so_far, replace(environment, approval="four-eyes", freezes=(FREEZE,)))

    plan = decide(so_far, wanted, lineage, progressing=True)

    assert (plan.before, plan.after, plan.changed, plan.trailers) == (held, held, False, ())


@pytest.mark.parametrize("environment", ["stage", "prod"])
def test_a_bump_into_an_environment_with_from_would_skip(environment: str) -> None:
    with pytest.raises(Refused) as caught:
        decide(ready(), bump(V3, environment))

    assert (caught.value.kind, caught.value.hint) == ("skip", f"tagbump promote {environment}")


def test_a_promotion_into_an_environment_without_from_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="dev has no `from`") as caught:
        decide(ready(), promote("dev"))

    assert caught.value.hint.startswith("tagbump bump dev")


@pytest.mark.parametrize("wanted", [bump(V1, "nowhere"), promote("nowhere"), promote("Prod")])
def test_an_environment_that_is_not_there_is_a_mistake(wanted: Request) -> None:
    with pytest.raises(UsageError, match="there is no environment") as caught:
        decide(ready(), wanted)

    assert caught.value.hint.endswith("tagbump.yaml has dev, stage, prod")


@pytest.mark.parametrize("so_far", [state(), state(put("dev", V1)), state(put("stage", V1), empty("stage"))])
def test_there_is_nothing_to_promote_from_an_empty_environment(so_far: State) -> None:
    with pytest.raises(Refused, match="stage has no artifact yet") as caught:
        decide(so_far, promote("prod"))

    assert caught.value.kind == "skip"


@pytest.mark.parametrize(
    ("application", "progressing", "says_so"),
    [("argocd/prod", None, True), ("argocd/prod", False, False), (None, None, False)],
)
def test_a_release_that_no_cluster_judged_says_so(
    application: str | None, progressing: bool | None, says_so: bool
) -> None:
    plan = decide(ready(replace(PROD, application=application)), promote("prod"), progressing=progressing)

    assert (("Not-judged", "progressing (no cluster answered)") in plan.trailers) == says_so
    assert ("Not-judged" in dict(plan.trailers)) == says_so
