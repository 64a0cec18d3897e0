"""When a proof can have been recorded, and from when on it counts."""

from datetime import timedelta

import pytest

from tagbump.model import Proof
from tagbump.promotion.evidence import proof_of
from tagbump.values import replace
from tests.tagbump import states
from tests.tagbump.objections import objection
from tests.tagbump.states import NOW, PROD, V1, V2, case, promote, proven, put, state
from tests.tagbump.world import World

RELEASED_AT = NOW - timedelta(hours=1)  # the last step of every story


@pytest.mark.parametrize(
    ("after_the_release", "believed"),
    [
        (timedelta(minutes=1), True),
        (timedelta(), True),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),
        (timedelta(days=-400), False),
    ],
    ids=["after it", "with it", "on a clock that is behind", "before it", "long before it"],
)
def test_nobody_has_seen_a_release_before_it_was_made(after_the_release: timedelta, believed: bool) -> None:
    so_far = proven(states.ready(), "stage", V2, ago=NOW - RELEASED_AT - after_the_release)

    said = proof_of(so_far, "stage", V2)

    assert isinstance(said, Proof) == believed
    if isinstance(said, str):
        assert said.endswith(", and its release is of 2026-03-04T11:00:00Z")


def test_a_proof_is_held_to_the_release_that_it_stands_on() -> None:
    so_far = state(put("stage", V2), put("stage", V1), put("stage", V2))
    first, last = so_far.releases_of("stage")[-1], so_far.releases_of("stage")[0]

    for release, believed in ((first, True), (last, False)):
        lies = {"release": release.commit, "target": release.commit, "recorded_at": first.released_at}
        assert isinstance(proof_of(proven(so_far, "stage", V2, said=lies), "stage", V2), Proof) == believed


def test_a_soak_begins_no_earlier_than_the_release() -> None:
    so_far = states.ready(replace(PROD, soak=timedelta(hours=1, minutes=2)))
    on_a_slow_clock = proven(so_far, "stage", V2, ago=timedelta(hours=1, minutes=4))

    said = objection("soak", case(on_a_slow_clock, promote("prod")))

    assert said == "2.0.0 was proven in stage 1h ago, and soaks for 1h 2m"


def test_a_back_dated_proof_is_no_way_around_a_soak() -> None:
    so_far = states.ready(replace(PROD, soak=timedelta(hours=9)))
    forged = proven(so_far, "stage", V2, ago=timedelta(days=1))

    assert objection("unproven", case(forged, promote("prod"))) is not None


def test_promote_refuses_a_proof_that_is_older_than_its_release(ready: World) -> None:
    ready.prove("dev", at="2026-01-01T00:00:00Z")

    outcome = ready.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")
    assert "says 2026-01-01T00:00:00Z, and its release is of 20" in outcome.document["error"]["message"]
