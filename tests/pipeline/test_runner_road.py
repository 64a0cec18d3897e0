"""Our own Jenkinsfile along each of its roads, on a Makefile whose targets only write down that they were made."""

from typing import Final

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.roads import APPROVALS, Road
from tests.pipeline.runner.job import Answer, Change
from tests.pipeline.runner.report import table
from tests.pipeline.scratch import Repository, needs_groovy

pytestmark = needs_groovy

CHECKS: Final = {"Checks", "Checkout", "Manifests", "Lint and tests", "Lint", "Tests", "SonarQube"}
SITE: Final = {"Assets", "Pages"}


def test_a_merge_to_main_goes_to_prod_with_two_approvals(road: Road) -> None:
    build = road.run(road.commit(), inputs=[APPROVALS[0], Answer("Approve prod", "grace"), APPROVALS[1]])

    assert build.result == "SUCCESS", build.said()
    assert {stage for stage, result in build.stages().items() if result != "SUCCESS"} == SITE
    assert [event["by"] for event in build.all("input-refused")] == ["grace"]
    made = road.made()
    for target in ("make manifests", "archive", "scan", "push", "release-dev", "prove-dev", "acceptance"):
        assert made.count(target.removeprefix("make ")) == 1
    order = [
        "archive",
        "scan",
        "push",
        "artifact",
        "release-dev",
        "prove-dev",
        "promote-stage",
        "acceptance",
        "promote-prod",
    ]
    assert [target for target in dict.fromkeys(made) if target in order] == order
    for slices in ("promote-stage", "prove-stage", "promote-prod", "prove-prod"):
        assert made.count(slices) == 2
    assert road.made_with("promote-prod") == (
        "promote-prod stage=grace prod=dana artifact=registry.example.com/service:abc@sha256:0 git=yes sonar="
    )
    assert not [name for name in ("push", "lint", "archive", "scan") if "git=yes" in road.made_with(name)]
    assert [event["files"] for event in build.all("archive")] == [
        ["build/pipeline/image.json", "build/pipeline/sbom.cdx.json"]
    ] * 2
    assert "pushes-here" not in build.console
    assert "| Approve prod | SUCCESS |" in table(build, {"Scan": "the real Trivy, on old advisories"})


def test_a_site_has_its_assets_in_place_before_prod_and_its_pages_after_it(road: Road) -> None:
    build = road.with_env(WEB_IS="yes").run(road.commit(), inputs=APPROVALS)

    assert build.result == "SUCCESS", build.said()
    assert set(build.stages().values()) == {"SUCCESS"}
    made = [target for target in dict.fromkeys(road.made()) if target.endswith(("-prod", "-assets", "-pages"))]
    assert made == ["publish-assets", "promote-prod", "prove-prod", "publish-pages"]
    assert not [name for name in ("publish-assets", "publish-pages") if "git=yes" in road.made_with(name)]


def test_the_pages_of_a_version_that_prod_did_not_keep_are_not_published(road: Road) -> None:
    build = road.with_env(WEB_IS="yes", FAILS="prove-prod").run(road.commit(), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert build.stages()["Pages"] == "skipped"
    assert "publish-pages" not in road.made()


@pytest.mark.parametrize(
    "change", [None, Change(4, "feature"), Change(4, "feature", fork=True)], ids=["branch", "PR", "fork"]
)
def test_a_branch_or_a_change_is_checked_and_no_more(road: Road, change: Change | None) -> None:
    road.commit()
    commit = Repository.at(road.job.remote).commit({"b.txt": "b"}, "feature")

    build = road.run(commit, branch="feature", change=change)

    outside = change is not None and change.fork
    told = (road.record / "with").read_text(encoding="utf-8")
    assert build.result == "SUCCESS", build.said()
    assert {stage for stage, result in build.stages().items() if result != "skipped"} == (
        CHECKS - {"SonarQube"} if outside else CHECKS
    )
    assert "git=yes" not in told
    assert ("sonar=yes" in told) is not outside, "the Makefile of a stranger would see the token"


@pytest.mark.parametrize(("branch", "first_ends"), [("feature", "NOT_BUILT"), ("main", "SUCCESS")])
def test_a_push_ends_the_build_before_of_a_change_and_none_of_main(road: Road, branch: str, first_ends: str) -> None:
    change = Change(4, branch) if branch == "feature" else None
    road.commit()
    commit = Repository.at(road.job.remote).commit({"b.txt": "b"}, branch)
    plan = road.with_env(ROAD_IS="manifests")

    with road.held("manifests", 1):
        first = plan.start(commit, 1, branch=branch, change=change)
        first.until_event("sh-started", script="make manifests")
        second = plan.start(commit, 2, branch=branch, change=change)
        second.until_event("stage-started")

    assert (first.wait().result, second.wait().result) == (first_ends, "SUCCESS"), first.said()


def test_docs_alone_are_read_and_nothing_is_made_of_them(road: Road) -> None:
    build = road.with_env(ROAD_IS="docs").run(road.commit())

    assert build.result == "SUCCESS", build.said()
    assert set(road.made()) == {"road", "web", "mail-to"}
    assert not list(build.all("milestone"))


def test_manifests_alone_get_their_checks_and_no_image(road: Road) -> None:
    build = road.with_env(ROAD_IS="manifests").run(road.commit())

    assert build.result == "SUCCESS", build.said()
    assert set(road.made()) == {"road", "web", "mail-to", "manifests"}


def test_what_was_scanned_is_kept_before_anybody_can_have_the_image(road: Road) -> None:
    build = road.run(road.commit(), inputs=APPROVALS)

    told = build.events  # in their order; two within a hundredth of a second have the same time
    kept = told.index(next(build.all("archive", stage="SBOM")))
    assert kept < told.index(next(build.all("stage-started", stage="Push")))


def test_who_rejects_stage_ends_the_build_before_anything_is_promoted(road: Road) -> None:
    build = road.run(road.commit(), inputs=[Answer("Approve stage", "grace", "abort")])

    assert build.result == "ABORTED"
    assert build.error == "Rejected by grace"
    assert "promote-stage" not in road.made()
    assert build.stages()["Stage"] == "skipped"


def test_nobody_holds_an_agent_while_a_person_is_waited_for(road: Road) -> None:
    build = road.start(road.commit())
    build.until_event("input-waits")
    held, released = list(build.all("node")), list(build.all("node-released"))
    build.abort()
    build.wait()

    assert len(held) == len(released) > 0


@pytest.mark.parametrize(
    ("target", "reached"),
    [("scan", "Image"), ("release-dev", "Dev"), ("promote-stage", "Stage"), ("prove-prod", "Prod")],
)
def test_a_target_that_fails_fails_the_build_and_is_mailed_once(road: Road, target: str, reached: str) -> None:
    with Mailbox() as mailbox:
        plan = road.with_env(FAILS=target).having(smtp=mailbox.address)
        build = plan.run(road.commit(), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert build.stages()[reached] == "FAILURE"
    assert [mail.html.strip() for mail in mailbox.mails] == ["<p>what failed</p>"]
    assert mailbox.mails[0].recipients == ("releases@example.com",)
    assert ("rollback-prod" in road.made()) == (target == "prove-prod")


@pytest.mark.parametrize(("target", "promoted"), [("publish-assets", False), ("publish-pages", True)])
def test_a_site_that_is_not_published_is_mailed_and_prod_is_left_as_it_is(
    road: Road, target: str, promoted: bool
) -> None:
    with Mailbox() as mailbox:
        plan = road.with_env(WEB_IS="yes", FAILS=target).having(smtp=mailbox.address)
        build = plan.run(road.commit(), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert len(mailbox.mails) == 1
    assert ("promote-prod" in road.made()) == promoted
    assert "rollback-prod" not in road.made()
