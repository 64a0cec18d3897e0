"""The slices of our own Jenkinsfile: what is waited for, how long, and what ends a release though nothing is wrong."""

import shutil

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.roads import APPROVALS, Road
from tests.pipeline.runner.groovy import ROOT
from tests.pipeline.scratch import needs_groovy

pytestmark = needs_groovy

OURS = (ROOT / "Jenkinsfile").read_text(encoding="utf-8")


def test_a_git_server_that_is_away_ends_no_slice(road: Road) -> None:
    commit = road.commit()
    road.say("live-stage", "waits")
    build = road.start(commit, inputs=APPROVALS)
    build.until_event("sh", stage="Live in stage")
    seen = len(list(build.all("sh", stage="Live in stage")))

    shutil.move(road.remote, f"{road.remote}-away")
    build.until(lambda _: len(list(build.all("sh", stage="Live in stage"))) > seen + 4)
    shutil.move(f"{road.remote}-away", road.remote)
    road.say("live-stage", "done")
    build.wait()

    assert build.result == "SUCCESS", build.said()


def test_a_release_asks_for_few_statuses_however_long_it_waits(road: Road) -> None:
    build = road.run(road.commit(), inputs=APPROVALS)

    assert build.result == "SUCCESS", build.said()
    # GitHub takes a thousand statuses of a commit, and each checkout of `scm` is one.
    assert [event["stage"] for event in build.all("checkout")] == [
        "Checkout", "Build", "Release to dev", "Verified in dev", "Acceptance",
    ]  # fmt: skip


def test_what_can_not_be_prepared_is_asked_for_again(road: Road) -> None:
    commit = road.commit()
    road.say("live-stage", "waits")
    build = road.start(commit, inputs=APPROVALS)
    build.until_event("sh", stage="Live in stage")
    road.fail("pinned-tagbump", 1)
    build.until_event("sh", script="make --silent pinned-tagbump", status=2)
    (road.record / "pinned-tagbump.fails.1").unlink()
    road.say("live-stage", "done")
    build.wait()

    assert build.result == "SUCCESS", build.said()


@pytest.mark.parametrize(("times", "result"), [(1, "SUCCESS"), (5, "FAILURE")])
def test_an_agent_that_is_lost_in_a_slice_is_replaced_but_not_for_ever(road: Road, times: int, result: str) -> None:
    commit = road.commit()
    with road.held("live-stage", 1):
        build = road.start(commit, inputs=APPROVALS)
        seen: set[float] = set()
        for _ in range(times):
            asked = build.until(
                lambda event: (
                    (event["event"], event.get("stage")) == ("sh-started", "Live in stage")
                    and "TARGET" in event["script"]
                    and event["at"] not in seen
                )
            )
            seen.add(asked["at"])
            build.lose_agent()
    build.wait()

    assert build.result == result, build.said()


@pytest.mark.parametrize(
    ("words", "ours", "told"),
    [
        (
            "waits",
            OURS.replace("'prove-prod', 112", "'prove-prod', 0"),
            "'waits': it has 0 hours",
        ),
        (
            "unanswered",
            OURS.replace("answered >= 3 * 3600000L", "answered >= 200"),
            "'unanswered': it has 112 hours",
        ),
        ("wiats", OURS, "'wiats': it has 112 hours"),
        ("", OURS, "'': it has 112 hours"),
    ],
)
def test_what_is_not_done_in_time_or_says_nonsense_fails_is_rolled_back_and_told(
    road: Road, words: str, ours: str, told: str
) -> None:
    with Mailbox() as mailbox:
        plan = road.having(smtp=mailbox.address)
        commit = plan.commit(ours)
        plan.say("prove-prod", words)
        build = plan.run(commit, inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    said = f"prove-prod says {told}, 3 without an answer"
    assert build.error == said
    assert plan.made()[-1] == "rollback-prod"
    assert [mail.subject for mail in mailbox.mails] == [f"delivery/main #1: {said}"]


def test_a_rollback_that_can_not_be_done_is_told_beside_what_failed(road: Road) -> None:
    with Mailbox() as mailbox:
        plan = road.having(smtp=mailbox.address)
        commit = plan.commit()
        plan.fail("prove-prod", 1)
        plan.fail("rollback-prod", 1)
        build = plan.run(commit, inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert [mail.subject for mail in mailbox.mails] == ["Live in prod failed"] * 2


def test_slices_are_a_minute_apart_and_after_an_hour_five(road: Road) -> None:
    commit = road.commit(OURS.replace("now - begun < 3600000L", "now - begun < 500"))
    road.say("live-stage", "waits")
    build = road.start(commit, inputs=APPROVALS)
    five = {"time": "5", "unit": "MINUTES"}
    build.until_event("step", stage="Live in stage", step="sleep", arguments=five)
    road.say("live-stage", "done")
    build.wait()

    pauses = [event["arguments"]["time"] for event in build.all("step", stage="Live in stage", step="sleep")]
    assert pauses == sorted(pauses)
    assert pauses[0] == "1"
