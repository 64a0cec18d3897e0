"""What is so whatever happened before: the decisions, held over stories that nobody thought of."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagbump.errors import Refused, UsageError
from tagbump.model import Environment
from tagbump.names import Rule
from tagbump.promotion.evidence import left_behind
from tagbump.repository import commits
from tagbump.state import Lineage, Plan, Request, State
from tagbump.values import replace
from tests.tagbump.states import (
    EVERY_RULE,
    FREEZE,
    NEWER,
    OLDER,
    PROD,
    REBUILT,
    UNKNOWN,
    V1,
    V2,
    V3,
    Step,
    artifact,
    back,
    bump,
    decide,
    empty,
    overrides,
    promote,
    proven,
    put,
    roll_back,
    state,
    with_environment,
)

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
