"""What is refused for an artifact's past: each rule where it objects, and beside it the nearest case where not."""

import pytest

from tagbump.model import Artifact
from tagbump.state import State
from tagbump.values import replace
from tests.tagbump.objections import objection, way_out
from tests.tagbump.states import REBUILT, V1, V2, V3, artifact, back, bump, case, commit_of, promote, put, ready, state


@pytest.mark.parametrize(
    ("so_far", "named", "objects"),
    [
        (ready(), None, False),
        (ready(), V2, False),
        (ready(), V3, True),
        (state(put("dev", V2)), V2, True),
        (state(put("stage", V2), put("stage", V3)), V2, False),
        (state(put("stage", V2)), artifact("2.0.0", repository="registry.example.com/other"), True),
        (state(put("stage", V2)), artifact("2.0.0-rc", build="2.0.0"), True),
        (state(put("prod", V2), put("prod", V1)), V2, True),
    ],
    ids=[
        "what from holds",
        "named",
        "never released",
        "released further back only",
        "from has moved on",
        "another repository",
        "another tag",
        "released in the target only",
    ],
)
def test_skip_takes_only_what_was_released_in_from(so_far: State, named: Artifact | None, objects: bool) -> None:
    said = objection("skip", case(so_far, promote("prod", named=named)))

    assert (said is not None) == objects


def test_skip_names_what_was_passed_over() -> None:
    wanted = case(ready(), promote("prod", named=V3))

    assert objection("skip", wanted) == f"{V3} was never released in stage, and prod takes what was"
    assert way_out("skip", wanted) == "release it in stage first"


@pytest.mark.parametrize(
    ("so_far", "built", "objects"),
    [
        (state(put("dev", V1), put("dev", V2)), V2, False),
        (state(put("dev", V1), put("dev", V2), back("dev", V1)), V2, True),
        (state(put("dev", V1), put("dev", V2), back("dev", V1)), V3, False),
        (state(put("dev", V1), put("dev", V2), back("dev", V1)), artifact("2.0.1", build="2.0.0"), True),
        (state(put("dev", V1), put("dev", V2), back("dev", V1), put("dev", V2, "rolled-back")), V2, False),
        (state(put("stage", V1), put("stage", V2), back("stage", V1)), V2, False),
    ],
    ids=["never", "rolled back", "another", "the digest under another tag", "reintroduced", "further on"],
)
def test_rolled_back_keeps_out_what_was_left_behind(so_far: State, built: Artifact, objects: bool) -> None:
    said = objection("rolled-back", case(so_far, bump(built)))

    assert (said is not None) == objects


def test_rolled_back_names_where_when_and_why_and_the_way_out() -> None:
    so_far = state(put("stage", V1), put("stage", V2), back("stage", V1, reason="it leaks"), put("stage", V2))

    wanted = case(so_far, promote("prod"))

    assert objection("rolled-back", wanted) == f"stage was rolled back from 2.0.0 ({commit_of(2)[:12]}: it leaks)"
    assert "--reintroduce --reason TEXT" in way_out("rolled-back", wanted)


def test_rolled_back_says_so_where_nobody_gave_a_reason() -> None:
    unexplained = replace(back("dev", V1), trailers={})

    said = objection("rolled-back", case(state(put("dev", V1), put("dev", V2), unexplained), bump(V2)))

    assert said == f"dev was rolled back from 2.0.0 ({commit_of(2)[:12]}: no reason given)"


@pytest.mark.parametrize(
    ("so_far", "built", "objects"),
    [
        (state(put("dev", V1)), V2, False),
        (state(put("dev", V2), put("dev", V1)), V2, False),
        (state(put("dev", V2), put("dev", V1)), REBUILT, True),
        (state(put("dev", V2)), REBUILT, True),
        (state(put("prod", V2), put("prod", V1)), REBUILT, True),
        (state(put("dev", V2), put("dev", REBUILT)), V2, True),
        (state(put("dev", V2)), artifact("2.0.1", build="2.0.0"), False),
        (
            state(put("dev", V2)),
            artifact("2.0.0", build="built again", repository="registry.example.com/other"),
            False,
        ),
        (replace(state(), artifacts={"dev": None, "stage": V2, "prod": None}), REBUILT, True),
    ],
    ids=[
        "a new tag",
        "the same build",
        "another build",
        "another build than now",
        "another build elsewhere",
        "back to the first build",
        "another tag of the build",
        "another repository",
        "held without a release",
    ],
)
def test_digest_changed_holds_a_tag_to_one_build(so_far: State, built: Artifact, objects: bool) -> None:
    said = objection("digest-changed", case(so_far, bump(built)))

    assert (said is not None) == objects


def test_digest_changed_names_both_digests() -> None:
    said = objection("digest-changed", case(state(put("prod", V2)), bump(REBUILT)))

    assert said == f"registry.example.com/service:2.0.0 was released as {V2.digest}, and is {REBUILT.digest} now"
