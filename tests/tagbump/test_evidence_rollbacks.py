"""What was left behind by a rollback, for whom and until when."""

import pytest

from tagbump.model import Artifact, Environment
from tagbump.promotion.evidence import left_behind, refused_in
from tagbump.values import replace
from tests.tagbump.states import DEV, PROD, STAGE, V1, V2, V3, Step, artifact, back, empty, put, state, unsigned

QA = Environment("qa", "k8s/overlays/qa", "service", previous="dev")
FOUR = (DEV, STAGE, QA, PROD)
OUT = [put("dev", V1), put("stage", V1), put("qa", V1), put("prod", V1),
       put("dev", V2), put("stage", V2), put("qa", V2), put("prod", V2)]  # fmt: skip


def refusing(*after: Step, built: Artifact = V2) -> set[str]:
    """Return the environments that refuse `built` when everybody has had V2 and then `after` happened."""
    so_far = state(*OUT, *after, environments=FOUR)
    return {environment.name for environment in FOUR if left_behind(so_far, environment.name, built)}


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


def test_each_environment_lists_its_own_where_one_commit_rolled_back_two() -> None:
    so_far = state(*OUT, back("dev", V1), back("stage", V3), environments=FOUR)
    stage, dev, *before = so_far.releases
    at_once = replace(so_far, releases=(replace(stage, commit=dev.commit, before=V3), dev, *before))

    assert [(r.environment, r.before) for r in refused_in(at_once, "dev")] == [("dev", V2)]


def test_a_rollback_from_nothing_leaves_nothing_behind() -> None:
    so_far = state(*OUT, empty("prod"), back("prod", V1), environments=FOUR)

    assert refused_in(so_far, "prod") == ()
    assert left_behind(so_far, "prod", V2) is None


def test_what_came_back_is_not_listed() -> None:
    so_far = state(*OUT, back("prod", V1), put("prod", V2, "rolled-back"), environments=FOUR)

    assert refused_in(so_far, "prod") == ()
