"""Who is told no: each rule by its name, all that object at once, and what lifts them."""

from datetime import timedelta

import pytest

from tagbump.errors import Refused
from tagbump.names import Rule
from tagbump.promotion import decisions
from tagbump.state import Case, Lineage
from tagbump.values import replace
from tests.tagbump.states import (
    DEV,
    EVERY_RULE,
    FREEZE,
    OLDER,
    PROD,
    REBUILT,
    V1,
    V2,
    V3,
    artifact,
    back,
    bump,
    case,
    commit,
    decide,
    overrides,
    promote,
    proven,
    put,
    ready,
    refusal,
    state,
    with_environment,
)


def told(refused: Refused) -> list[str]:
    """Return the rules that a refusal names, in its order."""
    return [line.removeprefix("also ").partition(":")[0] for line in refused.message.splitlines()]


ROLLED_BACK = proven(
    state(put("dev", V1), put("stage", V1), put("prod", V1), put("dev", V2), put("stage", V2), put("prod", V2),
          back("prod", V1)),
    "stage", V2,
)  # fmt: skip

REBUILT_IN_DEV = proven(state(put("prod", V1), put("dev", REBUILT), put("stage", V2)), "stage", V2)

ONLY: dict[Rule, Case] = {  # for each rule a case against which it alone objects; `skip` is unproven as well
    "skip": case(state(put("dev", V3), put("prod", V1)), promote("prod", named=V3)),
    "rolled-back": case(ROLLED_BACK, promote("prod")),
    "digest-changed": case(REBUILT_IN_DEV, promote("prod")),
    "older": case(ready(), promote("prod"), OLDER),
    "unproven": case(replace(ready(), proofs={}), promote("prod")),
    "soak": case(ready(replace(PROD, soak=timedelta(hours=2))), promote("prod")),
    "approval": case(ready(replace(PROD, approval="required")), promote("prod")),
    "four-eyes": case(ready(replace(PROD, approval="four-eyes")), promote("prod", approved_by="ada")),
    "frozen": case(ready(replace(PROD, freezes=(FREEZE,))), promote("prod")),
    "progressing": case(ready(), promote("prod"), progressing=True),
}

OLDER_BY_ADA = Lineage(older=True, commits=(commit("Ada <ada@example.com>"),))


def lifting(wanted: Case, *rules: Rule) -> Case:
    return replace(wanted, request=replace(wanted.request, overrides=frozenset(rules), reason="it is urgent"))


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_every_rule_refuses_a_promotion_by_its_name(rule: Rule) -> None:
    refused = refusal(ONLY[rule])

    assert refused.kind == rule
    assert told(refused) == (["skip", "unproven"] if rule == "skip" else [rule])
    lifts = " ".join(f"--override {name}" for name in told(refused))
    way = "--reintroduce" if rule == "rolled-back" else f"; or lift it: {lifts}"
    assert refused.hint.endswith(f"{way} --reason TEXT")


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_an_override_lifts_its_rule_and_stands_in_the_commit(rule: Rule) -> None:
    lifted: list[Rule] = ["skip", "unproven"] if rule == "skip" else [rule]

    plan = decisions.decide(lifting(ONLY[rule], *lifted))

    assert overrides(plan) == lifted
    assert plan.trailers[-1] == ("Reason", "it is urgent")


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_an_override_lifts_no_other_rule(rule: Rule) -> None:
    refused = refusal(lifting(ONLY[rule], *(other for other in EVERY_RULE if other != rule)))

    assert told(refused) == [rule]


def test_an_override_that_was_not_needed_leaves_no_trace() -> None:
    plan = decide(ready(), promote("prod", *EVERY_RULE))

    assert overrides(plan) == []


def test_several_objections_are_told_in_the_order_of_the_rules() -> None:
    held = state(put("prod", V1), put("prod", V3), back("prod", V1), put("dev", V1))
    held = replace(held, artifacts={**held.artifacts, "dev": artifact("3.0.0", build="built again")})
    environment = replace(PROD, approval="four-eyes", approvers=("grace",), freezes=(FREEZE,), soak=timedelta(hours=9))
    so_far = with_environment(held, environment)

    refused = refusal(case(so_far, promote("prod", named=V3, approved_by="ada"), OLDER_BY_ADA, progressing=True))

    assert told(refused) == [rule for rule in EVERY_RULE if rule != "soak"]  # there is no proof to soak from
    assert refused.kind == "skip"
    assert refused.message.startswith(f"skip: {V3} was never released in stage")


def test_a_soak_is_told_between_the_older_and_the_approval() -> None:
    environment = replace(PROD, approval="required", freezes=(FREEZE,), soak=timedelta(hours=9))
    so_far = with_environment(ROLLED_BACK, environment)

    refused = refusal(case(so_far, promote("prod"), OLDER))

    assert told(refused) == ["rolled-back", "older", "soak", "approval", "frozen"]


def test_a_refusal_is_named_after_the_first_rule_that_is_not_lifted() -> None:
    environment = replace(PROD, approval="required", freezes=(FREEZE,))

    refused = refusal(case(ready(environment), promote("prod", "approval", "older"), OLDER))

    assert told(refused) == ["frozen"]
    assert refused.kind == "frozen"


def test_several_overrides_are_several_trailers() -> None:
    environment = replace(PROD, freezes=(FREEZE,))

    plan = decide(ready(environment), promote("prod", "frozen", "older", "soak"), OLDER)

    assert overrides(plan) == ["older", "frozen"]


BUMPS: dict[Rule, Case] = {
    "rolled-back": case(state(put("dev", V1), put("dev", V2), back("dev", V1)), bump(V2)),
    "digest-changed": case(state(put("stage", V2)), bump(REBUILT)),
    "older": case(state(put("dev", V1)), bump(V2), OLDER),
    "frozen": case(state(environments=[replace(DEV, freezes=(FREEZE,))]), bump(V2)),
    "progressing": case(state(), bump(V2), progressing=True),
}


@pytest.mark.parametrize("rule", BUMPS)
def test_these_rules_refuse_a_bump(rule: Rule) -> None:
    assert told(refusal(BUMPS[rule])) == [rule]
    assert overrides(decisions.decide(lifting(BUMPS[rule], rule))) == [rule]


def test_the_other_rules_do_not_bind_a_bump() -> None:
    environment = replace(DEV, approval="four-eyes", approvers=("grace",), soak=timedelta(hours=9))

    assert decide(state(put("dev", V1), environments=[environment]), bump(V2)).after == V2


@pytest.mark.parametrize(
    ("rolled_back_in", "target"),
    [("dev", "dev"), ("dev", "stage"), ("dev", "prod"), ("stage", "stage"), ("stage", "prod"), ("prod", "prod")],
)
def test_what_was_rolled_back_from_is_refused_there_and_in_every_environment_after(
    rolled_back_in: str, target: str
) -> None:
    steps = [put(name, built) for built in (V1, V2) for name in ("dev", "stage", "prod")]
    away = [put(name, V3) for name in ("dev", "stage", "prod") if name != rolled_back_in]
    so_far = state(*steps, back(rolled_back_in, V1), *away)

    wanted = bump(V2) if target == "dev" else promote(target, named=V2)

    assert "rolled-back" in told(refusal(case(so_far, wanted)))


def test_the_digest_does_not_come_back_under_another_tag() -> None:
    renamed = artifact("2.0.1", build="2.0.0")
    so_far = proven(
        state(*(put("stage", b) for b in (V1, V2)), back("stage", V1), put("stage", renamed)), "stage", renamed
    )

    assert told(refusal(case(so_far, promote("prod")))) == ["rolled-back", "unproven"]


def test_a_proof_void_by_a_rollback_takes_more_than_a_reintroduction_further_on() -> None:
    so_far = proven(state(put("stage", V1), put("stage", V2), back("stage", V1)), "stage", V2)

    refused = refusal(case(so_far, promote("prod", "rolled-back", named=V2)))

    assert told(refused) == ["unproven"]


def test_a_reintroduction_in_from_opens_the_way() -> None:
    story = [put("stage", V1), put("stage", V2), back("stage", V1), put("stage", V2, "rolled-back")]

    assert decide(proven(state(*story), "stage", V2), promote("prod")).after == V2
