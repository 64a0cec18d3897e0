"""The way back: to which release a rollback goes, and what it says."""

from datetime import timedelta

import pytest

from tagbump.errors import UsageError
from tagbump.model import Artifact
from tagbump.values import replace
from tests.tagbump.states import (
    FREEZE,
    PROD,
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
    ready,
    roll_back,
    source_of,
    state,
    unsigned,
    with_environment,
)

PLACEHOLDER = Artifact(V1.repository, "none", f"sha256:{'0' * 64}")
AGAIN = artifact("3.0.1", build="3.0.0")


@pytest.mark.parametrize(
    ("steps", "way_back"),
    [
        ([put("prod", V1), put("prod", V2)], V1),
        ([put("prod", V1), put("prod", V2), put("prod", V3)], V2),
        ([put("prod", V1), put("prod", V2), put("stage", V3)], V1),
        ([put("prod", V1), put("prod", V2), put("prod", V1)], V2),
        ([put("prod", V1), put("prod", V3), put("prod", AGAIN)], V1),
        ([put("prod", V1), put("prod", V2), put("prod", V3), back("prod", V2)], V1),
        ([put("prod", V1), put("prod", V2), back("prod", V1), put("prod", V3)], V1),
        ([put("prod", V1), put("prod", V2), back("prod", V1), put("prod", V2, "rolled-back"), put("prod", V3)], V2),
        ([put("prod", V1), put("prod", V2), put("stage", V2), back("stage", V1), put("prod", V3)], V2),
        ([put("prod", V1), put("prod", V2), empty("prod")], V2),
        ([put("prod", V1), empty("prod"), put("prod", V2)], V1),
        ([put("prod", V1), unsigned(put("prod", V2)), put("prod", V3)], V1),
        ([put("prod", V1), put("prod", PLACEHOLDER), put("prod", V3)], V1),
    ],
    ids=[
        "the one before",
        "the newest",
        "of this environment",
        "not the one it has",
        "another digest",
        "not what it was rolled back from",
        "over what was rolled back from",
        "what was reintroduced",
        "what only another was rolled back from",
        "from nothing",
        "over nothing",
        "over what nobody signed",
        "over a placeholder",
    ],
)  # fmt: skip
def test_a_rollback_goes_to_the_newest_other_build_that_was_not_itself_rolled_back_from(
    steps: list[Step], way_back: Artifact
) -> None:
    so_far = state(*steps)

    plan = roll_back(so_far)

    assert (plan.before, plan.after) == (so_far.artifacts["prod"], way_back)


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [put("prod", V1)],
        [put("stage", V1), put("stage", V2), put("prod", V2)],
        [put("prod", V3), put("prod", AGAIN)],
        [put("prod", V1), put("prod", V2), back("prod", V1)],
        [put("prod", V1), empty("prod"), put("prod", V1)],
    ],
    ids=["no release", "one release", "other environments", "one digest", "rolled back already", "emptied between"],
)
def test_without_a_way_back_there_is_no_rollback(steps: list[Step]) -> None:
    with pytest.raises(UsageError, match="prod has no earlier release to go back to") as caught:
        roll_back(state(*steps))

    assert caught.value.hint == "tagbump history prod"


@pytest.mark.parametrize(
    ("to", "way_back"),
    [(0, V1), (1, V2), (3, V1)],
    ids=["the first", "what was rolled back from", "a rollback"],
)
def test_a_rollback_goes_to_the_release_that_is_named(to: int, way_back: Artifact) -> None:
    so_far = state(put("prod", V1), put("prod", V2), put("stage", V3), back("prod", V1), put("prod", V3))

    assert roll_back(so_far, commit_of(to)).after == way_back


@pytest.mark.parametrize("to", [commit_of(2), commit_of(3), "a" * 40, commit_of(0)[:12], ""])
def test_a_rollback_goes_to_no_release_of_another_environment_or_of_nothing(to: str) -> None:
    so_far = state(put("prod", V1), put("prod", V2), put("stage", V3), empty("prod"))

    with pytest.raises(UsageError, match=f"^{to[:12]} (is no release of|left no artifact in) prod$"):
        roll_back(so_far, to)


def test_a_rollback_to_what_is_there_changes_nothing() -> None:
    assert not roll_back(state(put("prod", V1), put("prod", V2)), commit_of(1)).changed


def test_a_rollback_of_an_environment_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="there is no environment 'nowhere'"):
        roll_back(ready(), environment="nowhere")


def test_a_rollback_says_who_and_why_and_what_it_left_behind() -> None:
    plan = roll_back(state(put("prod", V1), put("prod", V2)), approved_by="grace")

    assert plan.trailers == (
        ("Image", str(V1)),
        ("From-Image", str(V2)),
        ("Rolled-back-from", str(V2)),
        ("Source", source_of("1.0.0")),
        ("Approved-by", "grace"),
        ("Reason", "it broke"),
    )


def test_a_rollback_says_nothing_that_nobody_knows() -> None:
    plan = roll_back(state(put("prod", V1, source=None), empty("prod")))

    assert plan.trailers == (("Image", str(V1)), ("Rolled-back-from", "nothing"), ("Reason", "it broke"))


def test_no_rule_binds_a_rollback() -> None:
    environment = replace(
        PROD, approval="four-eyes", approvers=("grace",), freezes=(FREEZE,), soak=timedelta(days=9), overrides={}
    )
    so_far = state(put("stage", V1), put("prod", V1), put("stage", V2), back("stage", V1), put("prod", V2))

    assert roll_back(with_environment(so_far, environment)).after == V1


def test_rolling_back_twice_goes_further_back() -> None:
    steps = [put("prod", V1), put("prod", V2), put("prod", V3)]

    once = roll_back(state(*steps))
    twice = roll_back(state(*steps, back("prod", once.after)))

    assert (once.after, twice.after) == (V2, V1)


def test_with_proven_a_rollback_passes_over_what_was_never_seen_live() -> None:
    never_synced = proven(state(put("prod", V1), put("prod", V2), put("prod", V3)), "prod", V1)

    assert roll_back(never_synced, proven=True).after == V1
    assert roll_back(never_synced).after == V2


def test_with_proven_there_is_no_rollback_where_nothing_was_seen_live() -> None:
    with pytest.raises(UsageError, match="prod has no earlier release to go back to that a proof says was live"):
        roll_back(state(put("prod", V1), put("prod", V2)), proven=True)
