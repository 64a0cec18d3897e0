"""What is decided: which artifact goes where, who is told no and why, and the way back."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagbump.errors import Refused, UsageError
from tagbump.model import Artifact, Environment
from tagbump.names import Rule
from tagbump.promotion import decisions, freezes
from tagbump.promotion.evidence import left_behind
from tagbump.repository import commits
from tagbump.state import Case, Lineage, Plan, Request, State
from tests.tagbump.states import (
    DEV,
    NEWER,
    OLDER,
    PROD,
    STAGE,
    UNKNOWN,
    V1,
    V2,
    V3,
    Step,
    artifact,
    back,
    bump,
    case,
    commit,
    commit_of,
    decide,
    empty,
    promote,
    proven,
    put,
    ready,
    source_of,
    state,
    unsigned,
    with_environment,
)

EVERY_RULE: tuple[Rule, ...] = get_args(Rule)
FREEZE = freezes.freeze("Wed 10:00", "Wed 14:00", "UTC", None)
REBUILT = artifact("2.0.0", build="built again")


def refusal(wanted: Case) -> Refused:
    with pytest.raises(Refused) as caught:
        decisions.decide(wanted)
    assert caught.value.exit_code == 3
    return caught.value


def told(refused: Refused) -> list[str]:
    """Return the rules that a refusal names, in its order."""
    return [line.removeprefix("also ").partition(":")[0] for line in refused.message.splitlines()]


def overrides(plan: Plan) -> list[str]:
    return [value for name, value in plan.trailers if name == "Override"]


# --- which artifact ---------------------------------------------------------------------------------------------------


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


# --- what can't be asked ----------------------------------------------------------------------------------------------


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

    assert caught.value.hint == "it has dev, stage, prod"


@pytest.mark.parametrize("so_far", [state(), state(put("dev", V1)), state(put("stage", V1), empty("stage"))])
def test_there_is_nothing_to_promote_from_an_empty_environment(so_far: State) -> None:
    with pytest.raises(Refused, match="stage has no artifact yet") as caught:
        decide(so_far, promote("prod"))

    assert caught.value.kind == "skip"


# --- who is told no ---------------------------------------------------------------------------------------------------

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
    assert refused.hint.endswith(f"; or lift it: --override {rule} --reason TEXT")


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
    wanted = replace(bump(V2), approved_by="ada")

    assert decide(state(put("dev", V1), environments=[environment]), wanted).after == V2


# --- who may lift a rule ----------------------------------------------------------------------------------------------

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
    assert soak.hint.endswith("; tagbump.yaml lets nobody lift this rule in prod")
    assert older.hint.endswith("; tagbump.yaml lets nobody lift this rule in prod")


def test_without_overrides_in_the_file_anybody_lifts_and_with_an_empty_one_nobody() -> None:
    wanted = promote("prod", "frozen")

    assert overrides(decide(ready(replace(PROD, freezes=(FREEZE,))), wanted)) == ["frozen"]
    assert refusal(case(ready(replace(PROD, freezes=(FREEZE,), overrides={})), wanted)).kind == "frozen"


# --- where no cluster answers -----------------------------------------------------------------------------------------


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


# --- after a rollback -------------------------------------------------------------------------------------------------


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


# --- the way back -----------------------------------------------------------------------------------------------------


def roll_back(so_far: State, to: str | None = None, environment: str = "prod", approved_by: str | None = None) -> Plan:
    return decisions.roll_back(so_far, environment, to, reason="it broke", approved_by=approved_by)


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

    with pytest.raises(UsageError, match=f"^{to[:12]} is no release of prod$"):
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

    assert plan.trailers == (("Image", str(V1)), ("Reason", "it broke"))


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


# --- whatever happens -------------------------------------------------------------------------------------------------

BUILDS = st.sampled_from([V1, V2, V3, REBUILT, artifact("2.0.1", build="2.0.0")])
NAMES = st.sampled_from(["dev", "stage", "prod"])
STEPS = st.lists(
    st.one_of(
        st.builds(put, NAMES, BUILDS, source=st.sampled_from(["its own", None])),
        st.builds(put, NAMES, BUILDS, st.sampled_from(EVERY_RULE)),
        st.builds(back, NAMES, BUILDS),
        st.builds(empty, NAMES),
    ),
    max_size=14,
)
LINEAGES = st.sampled_from([NEWER, OLDER, UNKNOWN])
ENVIRONMENTS = st.sampled_from(
    [PROD, replace(PROD, approval="four-eyes"), replace(PROD, freezes=(FREEZE,)), replace(PROD, application="a/b")]
)
REQUESTS = st.one_of(
    st.builds(bump, BUILDS, NAMES),
    st.builds(promote, NAMES, named=st.none() | BUILDS, approved_by=st.sampled_from([None, "ada", "grace"])),
)
LIFTED = st.frozensets(st.sampled_from(EVERY_RULE))


def story(steps: list[Step], environment: Environment, seen: bool) -> State:
    """Return the state after `steps`, in which all that is held was seen healthy, or nothing was."""
    so_far = with_environment(state(*steps), environment)
    for name, held in so_far.artifacts.items():
        so_far = proven(so_far, name, held) if seen and held else so_far
    return so_far


STATES = st.builds(story, STEPS, ENVIRONMENTS, st.booleans())


def decided(so_far: State, request: Request, lineage: Lineage, progressing: bool | None) -> Plan | None:
    """Return the plan, None for a refusal or a mistake. Nothing else may come of it."""
    try:
        return decide(so_far, request, lineage, progressing=progressing)
    except (Refused, UsageError):
        return None


@settings(deadline=None, max_examples=150)
@given(STATES, REQUESTS, LIFTED, LINEAGES, st.sampled_from([None, True, False]))
def test_a_plan_has_the_artifact_that_was_asked_for_and_its_trailers_read_back(
    so_far: State, request: Request, lifted: frozenset[Rule], lineage: Lineage, progressing: bool | None
) -> None:
    request = replace(request, overrides=lifted, reason="it: is urgent" if lifted else None)

    plan = decided(so_far, request, lineage, progressing)

    assume(plan is not None)
    assert plan is not None
    asked = request.artifact or so_far.artifacts[str(so_far.policy.environment(request.environment).previous)]
    assert (plan.environment, plan.before) == (request.environment, so_far.artifacts[request.environment])
    assert plan.after == asked
    assert set(overrides(plan)) <= lifted
    if plan.changed:
        read = commits.trailers(commits.message("chore(x): release y", plan.trailers))
        assert [(name, value) for name, values in read.items() for value in values] == sorted(
            plan.trailers, key=lambda pair: list(read).index(pair[0])
        )
        assert read["Image"] == (str(asked),)


@settings(deadline=None, max_examples=100)
@given(STEPS, NAMES)
def test_a_rollback_finds_what_was_released_there_and_not_left_behind(steps: list[Step], environment: str) -> None:
    so_far = state(*steps)

    try:
        plan = roll_back(so_far, environment=environment)
    except UsageError:
        return

    assert plan.after in [release.artifact for release in so_far.releases_of(environment)]
    assert plan.before is None or plan.before.digest != plan.after.digest
    assert left_behind(so_far, environment, plan.after, inherited=False) is None


@settings(deadline=None, max_examples=100)
@given(STEPS, NAMES, NAMES)
def test_what_a_rollback_leaves_behind_stays_out_without_a_lift(
    steps: list[Step], environment: str, target: str
) -> None:
    so_far = state(*steps)
    left = so_far.artifacts[environment]
    try:
        plan = roll_back(so_far, environment=environment)
    except UsageError:
        return
    assume(left is not None and environment in [e.name for e in so_far.policy.upstream(target)])
    assert left is not None
    after = state(*steps, back(environment, plan.after))

    outcome = decided(after, bump(left) if target == "dev" else promote(target, named=left), NEWER, progressing=False)

    assert outcome is None or not outcome.changed
