"""Each rule where it objects, and beside it the nearest case where it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tagbump.model import Artifact, Commit, Environment
from tagbump.names import Rule
from tagbump.promotion import freezes
from tagbump.promotion.rules import RULES
from tagbump.state import Case, Lineage, State
from tests.tagbump.states import (
    DEV,
    NEWER,
    NOW,
    OLDER,
    PROD,
    STAGE,
    UNKNOWN,
    V1,
    V2,
    V3,
    artifact,
    back,
    bump,
    case,
    commit,
    commit_of,
    promote,
    proven,
    put,
    ready,
    source_of,
    state,
    with_environment,
)

FREEZE = freezes.freeze("Wed 10:00", "Wed 14:00", "UTC", "the big sale")


def objection(rule: Rule, to: Case) -> str | None:
    """Return what the rule says against a case; None where it says nothing."""
    found = RULES[rule](to)
    return None if found is None else found.message


def way_out(rule: Rule, of: Case) -> str:
    found = RULES[rule](of)
    assert found is not None
    return found.hint


# --- skip -------------------------------------------------------------------------------------------------------------


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


# --- rolled-back ------------------------------------------------------------------------------------------------------


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


# --- digest-changed ---------------------------------------------------------------------------------------------------

REBUILT = artifact("2.0.0", build="built again")


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


# --- older ------------------------------------------------------------------------------------------------------------

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


def test_older_says_which_history_is_not_to_be_had() -> None:
    said = objection("older", case(ready(), promote("prod"), UNKNOWN))

    assert said is not None
    assert "can't be told" in said
    assert source_of("1.0.0")[:12] in said
    assert source_of("2.0.0")[:12] in said
    assert "an unknown commit" in str(objection("older", case(UNSAID, promote("prod"), UNKNOWN)))


# --- unproven ---------------------------------------------------------------------------------------------------------


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


# --- soak -------------------------------------------------------------------------------------------------------------


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
    so_far = proven(ready(replace(PROD, soak=soak)), "stage", V2, ago=ago)

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


# --- approval ---------------------------------------------------------------------------------------------------------

JOINED = {"jdoe": ("jane@example.com",)}


@pytest.mark.parametrize(
    ("environment", "who", "objects"),
    [
        (PROD, None, False),
        (PROD, "anybody", False),
        (replace(PROD, approval="required"), None, True),
        (replace(PROD, approval="required"), "anybody", False),
        (replace(PROD, approval="four-eyes"), None, True),
        (replace(PROD, approval="four-eyes"), "anybody", False),
        (replace(PROD, approvers=("jdoe",)), None, True),
        (replace(PROD, approvers=("jdoe",)), "grace", True),
        (replace(PROD, approvers=("jdoe",)), "jdoe", False),
        (replace(PROD, approvers=("jdoe",)), "JDOE", False),
        (replace(PROD, approvers=("grace", "jdoe")), "jdoe", False),
        (replace(PROD, approvers=("jdoe",)), "jane@example.com", False),
        (replace(PROD, approvers=("jdoe",)), "jdoe@evil.example", True),
        (replace(PROD, approvers=()), "jdoe", True),
        (replace(PROD, approval="required", approvers=("jdoe",)), "grace", True),
        (replace(PROD, approval="four-eyes", approvers=("jdoe",)), "grace", True),
        (replace(PROD, approval="four-eyes", approvers=("jdoe",)), "jdoe", False),
    ],
)
def test_approval_asks_for_somebody_whose_word_counts(environment: Environment, who: str | None, objects: bool) -> None:
    so_far = ready(environment)
    so_far = replace(so_far, policy=replace(so_far.policy, people=JOINED))

    said = objection("approval", case(so_far, promote("prod", approved_by=who)))

    assert (said is not None) == objects


def test_approval_says_whom_to_ask() -> None:
    none = case(ready(replace(PROD, approval="required")), promote("prod"))
    wrong = case(ready(replace(PROD, approvers=("jdoe", "ada"))), promote("prod", approved_by="grace"))

    assert objection("approval", none) == "prod takes nothing without an approval"
    assert way_out("approval", none) == "say who approved: --approved-by WHO"
    assert objection("approval", wrong) == "the approval of grace does not count in prod"
    assert way_out("approval", wrong) == "ask one of jdoe, ada"


# --- four-eyes --------------------------------------------------------------------------------------------------------

BY_ADA, BY_GRACE = commit("Ada <ada@example.com>"), commit("Grace <grace@example.com>")
MERGED_BY_GRACE = commit("Ada <ada@example.com>", "Grace <grace@example.com>")
WITH_GRACE = commit("Ada <ada@example.com>", co_authors=["Grace <grace@example.com>"])


@pytest.mark.parametrize(
    ("commits", "objects"),
    [
        ([], False),
        ([BY_ADA], False),
        ([BY_GRACE], True),
        ([BY_ADA, BY_ADA, BY_GRACE], True),
        ([MERGED_BY_GRACE], True),
        ([WITH_GRACE], True),
        (None, True),
    ],
    ids=["no commits", "by another", "author", "one of many", "committer", "co-author", "unknown history"],
)
def test_four_eyes_refuses_whoever_had_a_hand_in_it(commits: list[Commit] | None, objects: bool) -> None:
    lineage = Lineage(older=False, commits=None if commits is None else tuple(commits))
    so_far = ready(replace(PROD, approval="four-eyes"))

    said = objection("four-eyes", case(so_far, promote("prod", approved_by="grace"), lineage))

    assert (said is not None) == objects


@pytest.mark.parametrize(
    "who", ["ada", "Ada", "ADA@example.com", "ada@example.org", "Ada <x@example.com>", "alovelace"]
)
def test_four_eyes_knows_the_author_by_any_name(who: str) -> None:
    so_far = ready(replace(PROD, approval="four-eyes"))
    so_far = replace(so_far, policy=replace(so_far.policy, people={"alovelace": ("ada@example.com",)}))

    assert objection("four-eyes", case(so_far, promote("prod", approved_by=who), NEWER)) is not None


@pytest.mark.parametrize("approval", ["none", "required"])
def test_only_four_eyes_asks_who_wrote_it(approval: str) -> None:
    so_far = ready(replace(PROD, approval=approval))  # type: ignore[arg-type] # one of the literals

    assert objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), NEWER)) is None
    assert objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), UNKNOWN)) is None


def test_four_eyes_leaves_a_missing_approval_to_approval() -> None:
    so_far = ready(replace(PROD, approval="four-eyes"))

    assert objection("four-eyes", case(so_far, promote("prod"), UNKNOWN)) is None


def test_four_eyes_names_the_commit() -> None:
    lineage = Lineage(older=False, commits=(BY_GRACE, BY_ADA))
    so_far = ready(replace(PROD, approval="four-eyes"))

    said = objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), lineage))

    assert said == "ada had a hand in cccccccccccc (feat: a thing), which is among the 2 commits being promoted"


# --- frozen -----------------------------------------------------------------------------------------------------------


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


# --- progressing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("progressing", "objects"), [(True, True), (False, False), (None, False)])
def test_progressing_objects_while_a_rollout_is_known_to_be_under_way(progressing: bool | None, objects: bool) -> None:
    said = objection("progressing", case(ready(), promote("prod"), progressing=progressing))

    assert said == ("the rollout of prod is still under way" if objects else None)
