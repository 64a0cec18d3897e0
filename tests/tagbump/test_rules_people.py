"""What is refused for who says yes: each rule where it objects, and beside it the nearest case where it does not."""

import pytest

from tagbump.model import Commit, Environment
from tagbump.state import Lineage
from tagbump.values import replace
from tests.tagbump.objections import objection, way_out
from tests.tagbump.states import NEWER, PROD, UNKNOWN, case, commit, promote, ready

JOINED = {"jdoe": ("jane@example.com",)}


@pytest.mark.parametrize(
    ("environment", "who", "objects"),
    [
        (PROD, None, False),
        (PROD, "anybody", False),
        (replace(PROD, approval="required"), None, True),
        (replace(PROD, approval="required"), "anybody", False),
        (replace(PROD, approval="required"), "<>", True),
        (replace(PROD, approval="required"), "\N{ZERO WIDTH SPACE} \"'", True),
        (replace(PROD, approval="four-eyes"), "<>", True),
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
    nobody = case(ready(replace(PROD, approval="required")), promote("prod", approved_by="<>"))
    assert objection("approval", nobody) == "'<>' names nobody"
    assert objection("approval", wrong) == "the approval of grace does not count in prod"
    assert way_out("approval", wrong) == "ask one of jdoe, ada"


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
    so_far = ready(replace(PROD, approval=approval))

    assert objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), NEWER)) is None
    assert objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), UNKNOWN)) is None


def test_four_eyes_leaves_a_missing_approval_to_approval() -> None:
    so_far = ready(replace(PROD, approval="four-eyes"))

    assert objection("four-eyes", case(so_far, promote("prod"), UNKNOWN)) is None


def test_four_eyes_says_where_else_the_history_may_be() -> None:
    so_far = ready(replace(PROD, approval="four-eyes"))
    elsewhere = replace(so_far, policy=replace(so_far.policy, source="https://git.example.com/source.git"))

    asked = promote("prod", approved_by="grace")
    here, there = (way_out("four-eyes", case(known, asked, UNKNOWN)) for known in (so_far, elsewhere))

    assert here == f"{there}, or name the repository it was built from as `source:` in tagbump.yaml"


def test_four_eyes_names_the_commit() -> None:
    lineage = Lineage(older=False, commits=(BY_GRACE, BY_ADA))
    so_far = ready(replace(PROD, approval="four-eyes"))

    said = objection("four-eyes", case(so_far, promote("prod", approved_by="ada"), lineage))

    assert said == "ada had a hand in cccccccccccc (feat: a thing), which is among the 2 commits being promoted"
