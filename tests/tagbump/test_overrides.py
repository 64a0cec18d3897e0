"""Who may lift a rule, where tagbump.yaml says who."""

from datetime import timedelta

import pytest

from tagbump.names import Rule
from tagbump.promotion import decisions
from tagbump.state import Case
from tagbump.values import replace
from tests.tagbump.states import (
    FREEZE,
    NEWER,
    OLDER,
    PROD,
    case,
    decide,
    overrides,
    promote,
    ready,
    refusal,
)

RESTRICTED = {"frozen": ("jdoe", "grace"), "soak": ()}
JOINED = {"jdoe": ("jane@example.com",)}


def restricted(rule: Rule, *, approved_by: str | None, by: tuple[str, ...] = ("bot",)) -> Case:
    """Return a case in which `rule` objects, is to be lifted, and tagbump.yaml says who may lift what."""
    environment = replace(PROD, overrides=RESTRICTED, freezes=(FREEZE,) if rule == "frozen" else ())
    environment = replace(environment, soak=timedelta(hours=2) if rule == "soak" else timedelta())
    so_far = ready(environment)
    so_far = replace(so_far, policy=replace(so_far.policy, people=JOINED))
    return case(so_far, promote("prod", rule, approved_by=approved_by, by=by), OLDER if rule == "older" else NEWER)


@pytest.mark.parametrize(
    ("approved_by", "by"),
    [
        ("jdoe", ("bot",)),
        ("grace", ("bot",)),
        ("JDOE", ("bot",)),
        ("jane@example.com", ("bot",)),
        (None, ("Jane Doe", "jane@example.com")),
        (None, ("grace",)),
    ],
)
def test_a_rule_is_lifted_by_the_people_who_may(approved_by: str | None, by: tuple[str, ...]) -> None:
    assert overrides(decisions.decide(restricted("frozen", approved_by=approved_by, by=by))) == ["frozen"]


@pytest.mark.parametrize(
    ("rule", "approved_by", "by"),
    [
        ("frozen", "ada", ("bot",)),
        ("frozen", "ada", ("jdoe",)),
        ("frozen", "jdoe@evil.example", ("bot",)),
        ("frozen", "jane", ("bot",)),
        ("frozen", None, ("bot", "bot@example.com")),
        ("frozen", None, ("jdoe@evil.example",)),
        ("frozen", None, ()),
        ("soak", "jdoe", ("bot",)),
        ("older", "jdoe", ("bot",)),
    ],
    ids=[
        "somebody else",
        "somebody else approved",
        "alike",
        "a local part",
        "the caller is nobody",
        "the caller is alike",
        "the caller has no name",
        "a rule for nobody",
        "a rule that is not listed",
    ],
)
def test_a_rule_is_not_lifted_by_anybody_else(rule: Rule, approved_by: str | None, by: tuple[str, ...]) -> None:
    assert refusal(restricted(rule, approved_by=approved_by, by=by)).kind == rule


def test_a_refusal_names_those_who_may_lift_it() -> None:
    frozen = refusal(restricted("frozen", approved_by="ada"))
    soak = refusal(restricted("soak", approved_by="ada"))
    older = refusal(restricted("older", approved_by="ada"))

    assert frozen.hint.endswith("; or have it lifted by jdoe, grace: --override frozen --reason TEXT")
    assert soak.hint.endswith("; tagbump.yaml lets nobody lift soak in prod")
    assert older.hint.endswith("; tagbump.yaml lets nobody lift older in prod")


def test_without_overrides_in_the_file_anybody_lifts_and_with_an_empty_one_nobody() -> None:
    wanted = promote("prod", "frozen")

    assert overrides(decide(ready(replace(PROD, freezes=(FREEZE,))), wanted)) == ["frozen"]
    assert refusal(case(ready(replace(PROD, freezes=(FREEZE,), overrides={})), wanted)).kind == "frozen"
