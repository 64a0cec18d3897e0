"""The board in a terminal."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tagbump import changes, plain
from tagbump.board import terminal
from tagbump.board.model import Board
from tagbump.cluster import rollouts
from tagbump.cluster.model import Rollout
from tagbump.model import Frozen
from tagbump.values import replace
from tests.tagbump import boards

ALL = (boards.everyday, boards.empty, boards.seven, boards.hostile, boards.long, boards.crowded)


def shown(value: Board) -> str:
    """Return the board without colour, its line breaks and indents as one space."""
    return " ".join(" ".join(terminal.text(value, colour=False)).split())


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("columns", [80, 79, 60, terminal.NARROWEST])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], Board], columns: int) -> None:
    lines = terminal.text(make(), colour=False, columns=columns)

    assert max(map(plain.width, lines)) <= columns


def test_a_narrow_terminal_is_told_as_much() -> None:
    wide, narrow = (
        set(" ".join(terminal.text(boards.everyday(), colour=False, columns=columns)).split())
        for columns in (terminal.COLUMNS, terminal.NARROWEST)
    )

    # The middle of an image's name is given up.
    assert wide - narrow == {
        "registry.example.com/team/service",
        "@sha256:22ebcf22ebcf",
        "@sha256:22adf122adf1",
    }


@pytest.mark.parametrize("make", ALL)
def test_without_colour_no_line_holds_anything_but_visible_text(make: Callable[[], Board]) -> None:
    lines = terminal.text(make(), colour=False)

    assert [line for line in lines if line and plain.harmless(line) != " ".join(line.split())] == []
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("make", ALL)
def test_colour_adds_its_own_codes_and_changes_no_word(make: Callable[[], Board]) -> None:
    lines = terminal.text(make(), colour=True)

    assert "\x1b[1m" in "".join(lines)
    assert [re.sub(r"\x1b\[(?:0|1|2|1;31|32|33|36)m", "", line) for line in lines] == terminal.text(
        make(), colour=False
    )


@pytest.mark.parametrize(
    "words",
    [
        "https://git.example.com/team/service.git main at fedcba987654, 2026-03-01 12:00 UTC",
        "dev 1.10.3 [proven]",
        "prod 1.10.1 [not proven] [waits for a person] [override] [frozen] [12 behind]",
        "image registry.example.com/team/service @sha256:22adf122adf1",
        "policy from stage, approval: four-eyes, soak: 30m",
        "source abcdef012345 ",
        "released 1d 3h ago (2026-02-28 08:48 UTC)",
        "released by ci-robot approved by reviewer-two",
        "override lifted frozen reason customers could not log in",
        "proof proven 48m ago (2026-03-01 11:12 UTC)",
        "proof no proof says that 1.10.1 was seen healthy",
        "behind no commits behind dev",
        "behind 12 commits behind stage 1 breaking, 11 fix 000c000c000c breaking: feat(links)!: ask for a key 00010001",
        "rollout Synced, Healthy source",
        "rollout waiting for a person to resume the rollout Synced, Suspended; service: paused at step 3 of 9 (pause)",
        "soak 18m left for 1.10.3 (2026-03-01 12:18 UTC)",
        "frozen until 2026-03-02 07:00 UTC, 19h from now weekend: nobody is at their desk",
        "refuses 1 artifact rolled back from 1.10.0 checkout answered 500 to every tenth request",
    ],
)
def test_every_fact_is_told_in_words(words: str) -> None:
    assert words in shown(boards.everyday())


def test_of_many_waiting_commits_five_are_shown_and_the_others_counted() -> None:
    text = shown(boards.everyday())

    assert "answer number 4 to a question and 7 more" in text
    assert "answer number 5" not in text


def test_of_what_tagbump_wrote_itself_only_the_number_is_shown() -> None:
    source, written = boards.commit("fix: what is waited for", 1), boards.commit("chore(stage): release 1.0", 2)
    release = replace(boards.release("stage", "1.0", boards.AT, source="x"), commit=written.hash)
    waiting = changes.read([written, source], [release])

    text = shown(boards.board(replace(boards.standing(boards.STAGE, "1.0"), behind=2, waiting=waiting)))

    assert "[2 behind]" in text
    assert "1 fix, 1 release 000100010001 fix: what is waited for recent releases" in text
    assert "chore(stage)" not in text


def test_where_only_releases_wait_nothing_is_marked_as_behind() -> None:
    written = boards.commit("chore(stage): release 1.0", 2)
    release = replace(boards.release("stage", "1.0", boards.AT, source="x"), commit=written.hash)
    waiting = changes.read([written], [release])

    text = shown(boards.board(replace(boards.standing(boards.STAGE, "1.0"), behind=1, waiting=waiting)))

    assert "[1 behind]" not in text
    assert "behind 1 commit behind dev 1 release recent" in text


@pytest.mark.parametrize("state", rollouts.STATES)
def test_every_state_of_a_rollout_is_told_with_what_was_seen(state: str) -> None:
    rollout = Rollout(state, "what was seen")

    text = shown(boards.board(replace(boards.standing(boards.DEV), rollout=rollout)))

    assert " ".join(["rollout", rollouts.STATES[state], "what was seen"]).replace("  ", " ") in text


def test_recent_releases_say_who_what_and_why() -> None:
    recent = shown(boards.everyday()).partition("recent releases")[2]

    assert recent.startswith(
        " 2026-03-01 11:29 stage promote 1.10.3 0123456789ab by ci-robot, approved by reviewer-one"
    )
    assert (
        "prod promote 1.10.1 0123456789ab by ci-robot, approved by reviewer-two, override frozen: customers" in recent
    )
    assert recent.endswith("prod rollback 1.9.8 0123456789ab by ci-robot: checkout answered 500 to every tenth request")


def test_an_empty_board_says_so() -> None:
    text = shown(boards.empty())

    assert text.count("nothing yet") == 3
    assert text.endswith("recent releases none yet")
    assert "proven" not in text


def test_unknown_is_told_and_the_first_environment_is_behind_nothing() -> None:
    first, second = boards.standing(boards.DEV, "1.1"), replace(boards.standing(boards.STAGE, "1.0"), source=None)

    text = shown(boards.board(first, second))

    assert text.count("behind") == len(["behind", "unknown how many commits behind dev"])
    assert "source unknown" in text
    assert "behind unknown how many commits behind dev" in text
    assert "released unknown: no release in this history" in text


def test_a_missing_approval_is_told_where_one_is_asked_for() -> None:
    by_hand = boards.release("stage", "1.0", boards.ago(1))

    text = shown(boards.board(replace(boards.standing(boards.STAGE, "1.0"), release=by_hand)))

    assert "approved by nobody" in text


@pytest.mark.parametrize(
    ("minutes_ago", "held", "told"), [(12, "1.0", True), (30, "1.0", False), (31, "1.0", False), (12, "1.1", False)]
)
def test_a_soak_is_told_while_it_lasts_and_something_waits(minutes_ago: int, held: str, told: bool) -> None:
    proof = boards.proof("stage", "1.1", boards.ago(0, minutes_ago))
    waiting = replace(boards.standing(boards.STAGE, "1.1"), proof=proof)

    text = shown(boards.board(waiting, boards.standing(boards.PROD, held)))

    assert ("soak 18m left for 1.1" in text) is told


def test_an_inherited_refusal_says_where_the_rollback_was() -> None:
    back = replace(boards.release("stage", "0.9", boards.ago(1)), kind="rollback", before=boards.artifact("1.0"))

    text = shown(boards.board(replace(boards.standing(boards.PROD), left_behind=(back,))))

    assert "1.0 no reason given (rolled back in stage)" in text


def test_whole_digests_in_the_words_of_a_proof_are_shortened() -> None:
    built = boards.artifact("1.0")
    proof = f"proof/dev/x speaks of {built}"

    text = shown(boards.board(replace(boards.standing(boards.DEV, "1.0"), proof=proof)))

    assert f"speaks of {built.repository}:1.0@{built.digest[:19]}" in text
    assert built.digest not in text


def test_a_freeze_that_ends_within_the_minute_still_has_a_minute() -> None:
    frozen = Frozen(boards.AT + timedelta(seconds=20), None)

    text = shown(boards.board(replace(boards.standing(boards.DEV), frozen=frozen)))

    assert "1m from now no reason given" in text
