"""Builds of our own Jenkinsfile that run at once: whom a newer one ends, and whom it leaves alone."""

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.roads import APPROVALS, Road
from tests.pipeline.runner.driver import Build
from tests.pipeline.runner.job import Answer
from tests.pipeline.scratch import needs_groovy

pytestmark = needs_groovy

REJECTED = [Answer("Approve stage", "grace", "abort")]


@pytest.mark.parametrize("why", ["rejected", "unhealthy", "overtaken"])
def test_a_newer_build_that_goes_no_further_leaves_the_older_one_waiting(road: Road, why: str) -> None:
    commit = road.commit()
    older = road.start(commit)
    older.until_event("input-waits", stage="Approve stage")
    for target in {"unhealthy": ["prove-dev"], "overtaken": ["release-dev"]}.get(why, []):
        road.fail(target, 2)

    newer = road.run(commit, 2, inputs=REJECTED)
    for answer in APPROVALS:
        older.answer(answer)
    older.wait()

    assert newer.result in {"ABORTED", "FAILURE"}, newer.said()
    assert older.result == "SUCCESS", older.said()


def test_a_newer_build_that_is_approved_and_not_promoted_leaves_the_older_one_waiting_for_its_time(road: Road) -> None:
    commit = road.commit()
    road.say("promote-prod", "waits", 1)
    older = road.start(commit, inputs=APPROVALS)
    older.until_event("sh", stage="Promote to prod")
    road.fail("promote-prod", 2)

    newer = road.run(commit, 2, inputs=APPROVALS)
    road.say("promote-prod", "done", 1)
    older.wait()

    assert newer.result == "FAILURE", newer.said()
    assert older.result == "SUCCESS", older.said()


@pytest.mark.parametrize("failing", ["promote-stage", "promote-prod"])
def test_a_newer_build_that_does_not_come_to_prod_leaves_a_canary_alone(road: Road, failing: str) -> None:
    commit = road.commit()
    older = _in_canary(road, commit)
    road.fail(failing, 2)

    newer = road.run(commit, 2, inputs=APPROVALS)
    road.say("prove-prod", "done")
    older.wait()

    assert newer.result == "FAILURE", newer.said()
    assert older.result == "SUCCESS", older.said()
    assert "rollback-prod" not in road.made()


@pytest.mark.parametrize("waits", ["Approve stage", "Approve prod"])
def test_a_newer_build_that_is_promoted_to_prod_ends_the_older_ones_that_wait_and_it_is_told(
    road: Road, waits: str
) -> None:
    with Mailbox() as mailbox:
        plan = road.having(smtp=mailbox.address)
        commit = plan.commit()
        older = plan.start(commit, inputs=APPROVALS[:1] if waits == "Approve prod" else [])
        older.until_event("input-waits", stage=waits)

        newer = plan.run(commit, 2, inputs=APPROVALS)
        older.wait()

    assert newer.result == "SUCCESS", newer.said()
    assert (older.result, older.error) == ("NOT_BUILT", "Superseded by #2"), older.said()
    (mail,) = mailbox.mails
    assert mail.subject == "delivery/main #1: NOT_BUILT"


def test_a_newer_build_that_is_promoted_to_prod_ends_the_older_one_that_waits_to_be(road: Road) -> None:
    commit = road.commit()
    road.say("promote-prod", "waits", 1)
    older = road.start(commit, inputs=APPROVALS)
    older.until_event("sh", stage="Promote to prod")

    newer = road.run(commit, 2, inputs=APPROVALS)
    older.wait()

    assert newer.result == "SUCCESS", newer.said()
    assert (older.result, older.error) == ("NOT_BUILT", "Superseded by #2"), older.said()


def test_an_older_build_in_its_canary_is_no_milestones_to_end(road: Road) -> None:
    commit = road.commit()
    older = _in_canary(road, commit)

    newer = road.start(commit, 2, inputs=APPROVALS)
    newer.until_event("sh", stage="Live in prod")
    assert older.result is None
    road.say("prove-prod", "done")
    older.wait()
    newer.wait()

    assert older.result == "SUCCESS", older.said()


def test_a_build_that_is_ended_in_its_canary_asks_whether_there_is_something_to_roll_back(road: Road) -> None:
    older = _in_canary(road, road.commit())

    older.abort()
    older.wait()

    assert older.result == "ABORTED", older.said()
    assert "rollback-prod" in road.made()


def _in_canary(road: Road, commit: str) -> Build:
    """Start a build, and come to where prod is not live yet."""
    road.say("prove-prod", "waits")
    build = road.start(commit, inputs=APPROVALS)
    build.until_event("sh", stage="Live in prod")
    return build
