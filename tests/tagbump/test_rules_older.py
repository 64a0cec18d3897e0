"""An older build over a newer one: where the rule objects, and beside it the nearest case where it does not."""

import pytest

from tagbump.state import Lineage, State
from tagbump.values import replace
from tests.tagbump.objections import objection, way_out
from tests.tagbump.states import NEWER, OLDER, UNKNOWN, V1, V2, case, promote, put, ready, source_of, state

UNSAID = state(put("stage", V2, source=None), put("prod", V1))
BY_HAND = state(put("stage", V2), put("prod", V1, source=None))
SAME_SOURCE = state(put("stage", V2, source=source_of("1.0.0")), put("prod", V1))


@pytest.mark.parametrize(
    ("so_far", "lineage", "objects"),
    [
        (ready(), NEWER, False),
        (ready(), OLDER, True),
        (ready(), UNKNOWN, True),
        (ready(), Lineage(older=None, commits=()), True),
        (UNSAID, UNKNOWN, True),
        (UNSAID, NEWER, True),
        (BY_HAND, UNKNOWN, False),
        (SAME_SOURCE, UNKNOWN, False),
        (state(put("stage", V2)), UNKNOWN, False),
        (state(put("stage", V2)), OLDER, False),
    ],
    ids=[
        "a descendant",
        "an ancestor",
        "no history",
        "no answer",
        "the source of the new one is not said",
        "nor believed",
        "what is replaced was released by hand",
        "the same source",
        "nothing to replace",
        "nothing to be older than",
    ],
)
def test_older_keeps_an_ancestor_from_replacing_its_descendant(so_far: State, lineage: Lineage, objects: bool) -> None:
    said = objection("older", case(so_far, promote("prod"), lineage))

    assert (said is not None) == objects


def test_older_names_both_sources_and_the_way_back() -> None:
    wanted = case(ready(), promote("prod"), OLDER)

    assert objection("older", wanted) == (
        f"2.0.0 is older than 1.0.0: its source {source_of('2.0.0')[:12]} is an ancestor of {source_of('1.0.0')[:12]}"
    )
    assert way_out("older", wanted) == "to go back on purpose: tagbump rollback prod --reason TEXT"


def test_older_says_where_else_the_history_may_be() -> None:
    so_far = ready()
    elsewhere = replace(so_far, policy=replace(so_far.policy, source="https://git.example.com/source.git"))

    here, there = (way_out("older", case(known, promote("prod"), UNKNOWN)) for known in (so_far, elsewhere))

    assert here == f"{there}, or name the repository it was built from as `source:` in tagbump.yaml"


def test_older_says_which_history_is_not_to_be_had() -> None:
    said = objection("older", case(ready(), promote("prod"), UNKNOWN))

    assert said is not None
    assert "can't be told" in said
    assert source_of("1.0.0")[:12] in said
    assert source_of("2.0.0")[:12] in said
    assert "an unknown commit" in str(objection("older", case(UNSAID, promote("prod"), UNKNOWN)))
