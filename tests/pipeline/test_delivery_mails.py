"""Our own Jenkinsfile, ended in each way there is: somebody is told, once, though the agent is lost."""

import shutil

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.roads import APPROVALS, Road
from tests.pipeline.runner.job import Answer
from tests.pipeline.scratch import needs_groovy

pytestmark = needs_groovy

LIMITS = {
    "": {}, "Checks": {"HANGS": "lint"}, "Image": {"HANGS": "scan"}, "Dev": {"HANGS": "prove-dev"}, "Approve stage": {},
    "Stage": {"HANGS": "live-stage"}, "Acceptance": {"HANGS": "acceptance"}, "Approve prod": {},
    "Prod": {"HANGS": "promote-prod"}, "Assets": {"HANGS": "publish-assets"}, "Pages": {"HANGS": "publish-pages"},
}  # fmt: skip
"""What hangs where each limit is; where nothing does, nobody answers."""


@pytest.mark.parametrize("stage", LIMITS)
def test_each_limit_ends_the_build_and_is_told(road: Road, stage: str) -> None:
    patience = {"": 20.0, "Checks": 10.0, "Prod": 6.0}.get(stage, 3.0)  # as long as it takes to get there
    with Mailbox() as mailbox:
        plan = road.with_env(WEB_IS="yes", **LIMITS[stage]).having(smtp=mailbox.address, limits={stage: patience})
        approvals = [answer for answer in APPROVALS if stage not in {answer.stage, ""}]
        build = plan.run(plan.commit(), inputs=approvals)

    assert build.result == "ABORTED", build.said()
    assert [event["seconds"] for event in build.all("timeout")] == [patience]
    assert [mail.recipients for mail in mailbox.mails] == [("releases@example.com",)]


@pytest.mark.parametrize("target", ["road", "web", "lint"])
def test_what_fails_in_the_checks_is_told(road: Road, target: str) -> None:
    with Mailbox() as mailbox:
        plan = road.with_env(FAILS=target).having(smtp=mailbox.address)
        build = plan.run(plan.commit())

    assert build.result == "FAILURE", build.said()
    assert [mail.recipients for mail in mailbox.mails] == [("releases@example.com",)]


def test_a_checkout_that_fails_is_tried_again_and_told_to_whom_the_controller_has(road: Road) -> None:
    with Mailbox() as mailbox:
        plan = road.having(smtp=mailbox.address, jenkinsfile=road.job.folder / "Jenkinsfile")
        commit = plan.commit()
        shutil.copyfile(plan.remote / "Jenkinsfile", road.job.folder / "Jenkinsfile")
        shutil.move(plan.remote, f"{plan.remote}-away")
        build = plan.run(commit)

    assert build.result == "FAILURE", build.said()
    assert build.console.count("Retrying") == 2
    (mail,) = mailbox.mails
    assert mail.recipients == ("admins@example.com",)
    assert mail.subject == "delivery/main #1: FAILURE"
    assert "https://jenkins.example.com/job/delivery/job/main/1/console" in mail.html


def test_an_agent_that_can_not_tell_is_told_of_by_the_controller(road: Road) -> None:
    with Mailbox() as mailbox:
        plan = road.with_env(FAILS="scan").having(smtp=mailbox.address)
        road_without = plan.commit()
        plan.fail("mail", 1)
        build = plan.run(road_without)

    assert build.result == "FAILURE", build.said()
    assert [mail.subject for mail in mailbox.mails] == ["delivery/main #1: FAILURE"]
    assert mailbox.mails[0].message.get_content_type() == "text/plain"


def test_who_rejects_is_told_of_in_short(road: Road) -> None:
    with Mailbox() as mailbox:
        plan = road.having(smtp=mailbox.address)
        plan.run(plan.commit(), inputs=[Answer("Approve stage", "grace", "abort")])

    assert [mail.subject for mail in mailbox.mails] == ["delivery/main #1: ABORTED"]


def test_a_branch_that_fails_is_told_to_nobody(road: Road) -> None:
    with Mailbox() as mailbox:
        plan = road.with_env(FAILS="lint").having(smtp=mailbox.address)
        build = plan.run(plan.commit(), branch="feature")

    assert build.result == "FAILURE", build.said()
    assert not mailbox.mails
