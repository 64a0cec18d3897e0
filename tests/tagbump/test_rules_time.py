"""What is refused because it is too early: each rule where it objects, and beside it the nearest case where not."""

from datetime import timedelta

import pytest

from tagbump.promotion import freezes
from tagbump.state import State
from tagbump.values import replace
from tests.tagbump.objections import objection, way_out
from tests.tagbump.states import (
    DEV,
    NOW,
    PROD,
    STAGE,
    V1,
    V2,
    V3,
    back,
    bump,
    case,
    earlier,
    promote,
    proven,
    put,
    ready,
    state,
    with_environment,
)

FREEZE = freezes.freeze("Wed 10:00", "Wed 14:00", "UTC", "the big sale")


@pytest.mark.parametrize(
    ("so_far", "objects"),
    [
        (ready(), False),
        (replace(ready(), proofs={}), True),
        (proven(state(put("dev", V2), put("stage", V2)), "dev", V2), True),
        (proven(state(put("stage", V2), put("stage", V1), back("stage", V2)), "stage", V2), False),
        (proven(state(put("stage", V1), put("stage", V2), back("stage", V1), put("stage", V2)), "stage", V2), True),
        (proven(ready(), "stage", V2, said={"environment": "dev"}), True),
    ],
    ids=["proven", "no proof", "proven further back only", "rolled back to", "void", "forged"],
)
def test_unproven_takes_only_what_was_seen_healthy_in_from(so_far: State, objects: bool) -> None:
    said = objection("unproven", case(so_far, promote("prod")))

    assert (said is not None) == objects


def test_unproven_says_how_to_prove_it() -> None:
    wanted = case(replace(ready(), proofs={}), promote("prod"))

    assert objection("unproven", wanted) == "no proof says that 2.0.0 was seen healthy in stage"
    assert way_out("unproven", wanted) == "tagbump wait stage --record, while stage runs it"


@pytest.mark.parametrize(
    ("soak", "ago", "objects"),
    [
        (timedelta(), timedelta(), False),
        (timedelta(), timedelta(seconds=-1), True),
        (timedelta(minutes=30), timedelta(minutes=29, seconds=59), True),
        (timedelta(minutes=30), timedelta(minutes=30), False),
        (timedelta(minutes=30), timedelta(minutes=30, seconds=1), False),
        (timedelta(minutes=30), timedelta(), True),
        (timedelta(minutes=30), timedelta(days=400), False),
        (timedelta(days=2), timedelta(days=2, seconds=-1), True),
    ],
)
def test_soak_is_over_to_the_second(soak: timedelta, ago: timedelta, objects: bool) -> None:
    so_far = proven(earlier(ready(replace(PROD, soak=soak)), timedelta(days=500)), "stage", V2, ago=ago)

    said = objection("soak", case(so_far, promote("prod")))

    assert (said is not None) == objects


def test_soak_counts_from_the_proof_in_from_and_from_no_other() -> None:
    so_far = proven(ready(replace(PROD, soak=timedelta(hours=2))), "dev", V2, ago=timedelta(days=9))

    assert objection("soak", case(so_far, promote("prod"))) == "2.0.0 was proven in stage 1h ago, and soaks for 2h"


def test_soak_is_that_of_the_target() -> None:
    so_far = with_environment(ready(), replace(STAGE, soak=timedelta(days=9)))

    assert objection("soak", case(so_far, promote("prod"))) is None


def test_soak_says_when_to_try_again() -> None:
    so_far = ready(replace(PROD, soak=timedelta(hours=2)))

    assert way_out("soak", case(so_far, promote("prod"))) == "try again in 1h, after Wed 2026-03-04 13:00:00 UTC"


def test_soak_leaves_a_missing_proof_to_unproven() -> None:
    so_far = replace(ready(replace(PROD, soak=timedelta(hours=2))), proofs={})

    assert objection("soak", case(so_far, promote("prod"))) is None


@pytest.mark.parametrize(
    ("since_noon", "objects"),
    [
        (timedelta(hours=-2, seconds=-1), False),
        (timedelta(hours=-2), True),
        (timedelta(), True),
        (timedelta(hours=2, seconds=-1), True),
        (timedelta(hours=2), False),
    ],
    ids=["just before", "at its start", "in it", "just before its end", "at its end"],
)
def test_frozen_holds_from_the_start_of_a_window_up_to_its_end(since_noon: timedelta, objects: bool) -> None:
    so_far = replace(ready(replace(PROD, freezes=(FREEZE,))), now=NOW + since_noon)

    said = objection("frozen", case(so_far, promote("prod")))

    assert (said is not None) == objects


def test_frozen_looks_at_the_target_alone() -> None:
    so_far = with_environment(ready(), replace(STAGE, freezes=(FREEZE,)))

    assert objection("frozen", case(so_far, promote("prod"))) is None


def test_frozen_binds_a_bump_too() -> None:
    so_far = with_environment(ready(), replace(DEV, freezes=(FREEZE,)))

    assert objection("frozen", case(so_far, bump(V3))) is not None


def test_frozen_says_until_when_and_why() -> None:
    wanted = case(ready(replace(PROD, freezes=(FREEZE,))), promote("prod"))
    unexplained = case(ready(replace(PROD, freezes=(replace(FREEZE, reason=None),))), promote("prod"))

    assert objection("frozen", wanted) == "prod is frozen until Wed 2026-03-04 14:00:00 UTC (the big sale)"
    assert way_out("frozen", wanted) == "try again after Wed 2026-03-04 14:00:00 UTC"
    assert objection("frozen", unexplained) == "prod is frozen until Wed 2026-03-04 14:00:00 UTC"


@pytest.mark.parametrize(("progressing", "objects"), [(True, True), (False, False), (None, False)])
def test_progressing_objects_while_a_rollout_is_known_to_be_under_way(progressing: bool | None, objects: bool) -> None:
    said = objection("progressing", case(ready(), promote("prod"), progressing=progressing))

    assert said == ("the rollout of prod is still under way" if objects else None)
