"""Our own Jenkinsfile along each of its roads, on a Makefile whose targets only write down that they were made."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.runner.driver import run, start
from tests.pipeline.runner.groovy import ROOT
from tests.pipeline.runner.job import Answer, Change, Credential, Job, Label
from tests.pipeline.runner.report import table
from tests.pipeline.scratch import ENVIRONMENT, Repository, needs_groovy

pytestmark = needs_groovy

PROGRAM: Final = r"""#!/bin/sh
# Every slice waits once, and is done the second time.
echo "$1" >> "$RECORD/targets"
approvers="stage=${STAGE_APPROVER-} prod=${PROD_APPROVER-}"
secrets="git=${GIT_ASKPASS:+yes} sonar=${SONAR_AUTH_TOKEN:+yes}"
echo "$1 $approvers artifact=${ARTIFACT-} $secrets" >> "$RECORD/with"
[ "$1" != "${FAILS-}" ] || { mkdir -p build/pipeline; echo "$1 failed" >&2; exit 1; }
case "$1" in
road) echo "$ROAD_IS" ;;
web) echo "${WEB_IS:-no}" ;;
mail-to) echo releases@example.com ;;
artifact) echo registry.example.com/service:abc@sha256:0 ;;
archive) mkdir -p build/pipeline; echo image > build/pipeline/image.tar; echo '{}' > build/pipeline/image.json ;;
mail) mkdir -p build/pipeline; echo '<p>what failed</p>' > build/pipeline/mail.html; echo "$STAGE_NAME failed" ;;
promote-* | live-stage | prove-* | rollback-*)
    if [ -e "$RECORD/$1.waited" ]; then echo done; else touch "$RECORD/$1.waited"; echo waits; fi ;;
esac
"""
MAKEFILE: Final = ".DEFAULT:\n\t@sh ./program $@\n"
CHECKS: Final = {"Checks", "Checkout", "Manifests", "Lint and tests", "Lint", "Tests", "SonarQube"}
SITE: Final = {"Assets", "Pages"}
APPROVALS: Final = [Answer("Approve stage", "grace"), Answer("Approve prod", "dana")]


@pytest.fixture
def road(tmp_path: Path) -> Job:
    (tmp_path / "record").mkdir()
    return Job(
        folder=tmp_path, remote=str(tmp_path / "repository"), pace=0.001,
        env=ENVIRONMENT | {"RECORD": str(tmp_path / "record"), "ROAD_IS": "release"},
        labels={"checks": Label(), "image": Label(), "tagbump": Label(), "web": Label()},
        credentials={"git": Credential("password", "pushes-here", "bot")},
        sonar={"sonarqube": {"url": "http://sonar.example.com", "token": "reads-code"}},
        groups={"stage-approvers": ["grace", "dana"], "prod-approvers": ["dana"]},
    )  # fmt: skip


def test_a_merge_to_main_goes_to_prod_with_two_approvals(road: Job) -> None:
    build = run(road, commit=_commit(road), inputs=[APPROVALS[0], Answer("Approve prod", "grace"), APPROVALS[1]])

    assert build.result == "SUCCESS", build.said()
    assert {stage for stage, result in build.stages().items() if result != "SUCCESS"} == SITE
    assert [event["by"] for event in build.all("input-refused")] == ["grace"]
    made = _made(road)
    for target in ("make manifests", "archive", "scan", "push", "release-dev", "live-dev", "acceptance"):
        assert made.count(target.removeprefix("make ")) == 1
    order = [
        "archive",
        "scan",
        "push",
        "artifact",
        "release-dev",
        "live-dev",
        "promote-stage",
        "acceptance",
        "promote-prod",
    ]
    assert [target for target in dict.fromkeys(made) if target in order] == order
    for slices in ("promote-stage", "prove-stage", "promote-prod", "prove-prod"):
        assert made.count(slices) == 2
    assert _with(road, "promote-prod") == (
        "promote-prod stage=grace prod=dana artifact=registry.example.com/service:abc@sha256:0 git=yes sonar="
    )
    assert not [name for name in ("push", "lint", "archive", "scan") if "git=yes" in _with(road, name)]
    assert [event["files"] for event in build.all("archive")] == [["build/pipeline/image.json"]]
    assert "pushes-here" not in build.console
    assert "| Approve prod | SUCCESS |" in table(build, {"Scan": "the real Trivy, on old advisories"})


def test_a_site_has_its_assets_in_place_before_prod_and_its_pages_after_it(road: Job) -> None:
    build = run(_with_env(road, WEB_IS="yes"), commit=_commit(road), inputs=APPROVALS)

    assert build.result == "SUCCESS", build.said()
    assert set(build.stages().values()) == {"SUCCESS"}
    made = [target for target in dict.fromkeys(_made(road)) if target.endswith(("-prod", "-assets", "-pages"))]
    assert made == ["publish-assets", "promote-prod", "prove-prod", "publish-pages"]
    assert not [name for name in ("publish-assets", "publish-pages") if "git=yes" in _with(road, name)]


def test_the_pages_of_a_version_that_prod_did_not_keep_are_not_published(road: Job) -> None:
    build = run(_with_env(road, WEB_IS="yes", FAILS="prove-prod"), commit=_commit(road), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert build.stages()["Pages"] == "skipped"
    assert "publish-pages" not in _made(road)


@pytest.mark.parametrize(
    "change", [None, Change(4, "feature"), Change(4, "feature", fork=True)], ids=["branch", "PR", "fork"]
)
def test_a_branch_or_a_change_is_checked_and_no_more(road: Job, change: Change | None) -> None:
    _commit(road)
    commit = Repository.at(road.remote).commit({"b.txt": "b"}, "feature")

    build = run(road, commit=commit, branch="feature", change=change)

    ran = {stage for stage, result in build.stages().items() if result != "skipped"}
    assert ran <= CHECKS
    assert "Tests" in ran
    assert "git=yes" not in (road.folder / "record/with").read_text(encoding="utf-8")
    if change is None or not change.fork:
        assert build.result == "SUCCESS", build.said()


def test_docs_alone_are_read_and_nothing_is_made_of_them(road: Job) -> None:
    build = run(_with_env(road, ROAD_IS="docs"), commit=_commit(road))

    assert build.result == "SUCCESS", build.said()
    assert set(_made(road)) == {"road", "web", "mail-to"}
    assert not list(build.all("milestone"))


def test_manifests_alone_get_their_checks_and_no_image(road: Job) -> None:
    build = run(_with_env(road, ROAD_IS="manifests"), commit=_commit(road))

    assert build.result == "SUCCESS", build.said()
    assert set(_made(road)) == {"road", "web", "mail-to", "manifests"}


def test_who_rejects_stage_ends_the_build_before_anything_is_promoted(road: Job) -> None:
    build = run(road, commit=_commit(road), inputs=[Answer("Approve stage", "grace", "abort")])

    assert build.result == "ABORTED"
    assert build.error == "Rejected by grace"
    assert "promote-stage" not in _made(road)
    assert build.stages()["Stage"] == "skipped"


def test_nobody_holds_an_agent_while_a_person_is_waited_for(road: Job) -> None:
    build = start(road, 1, commit=_commit(road))
    build.until_event("input-waits")
    held, released = list(build.all("node")), list(build.all("node-released"))
    build.abort()
    build.wait()

    assert len(held) == len(released) > 0


@pytest.mark.parametrize(
    ("target", "reached"),
    [("scan", "Image"), ("release-dev", "Dev"), ("promote-stage", "Stage"), ("prove-prod", "Prod")],
)
def test_a_target_that_fails_fails_the_build_and_is_mailed_once(road: Job, target: str, reached: str) -> None:
    with Mailbox() as mailbox:
        plan = replace(_with_env(road, FAILS=target), smtp=mailbox.address)
        build = run(plan, commit=_commit(road), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert build.stages()[reached] == "FAILURE"
    assert [mail.html.strip() for mail in mailbox.mails] == ["<p>what failed</p>"]
    assert mailbox.mails[0].recipients == ("releases@example.com",)
    assert ("rollback-prod" in _made(road)) == (target == "prove-prod")


@pytest.mark.parametrize(("target", "promoted"), [("publish-assets", False), ("publish-pages", True)])
def test_a_site_that_is_not_published_is_mailed_and_prod_is_left_as_it_is(
    road: Job, target: str, promoted: bool
) -> None:
    with Mailbox() as mailbox:
        plan = replace(_with_env(road, WEB_IS="yes", FAILS=target), smtp=mailbox.address)
        build = run(plan, commit=_commit(road), inputs=APPROVALS)

    assert build.result == "FAILURE", build.said()
    assert len(mailbox.mails) == 1
    assert ("promote-prod" in _made(road)) == promoted
    assert "rollback-prod" not in _made(road)


def _commit(job: Job) -> str:
    jenkinsfile = (ROOT / "Jenkinsfile").read_text(encoding="utf-8")
    return Repository(Path(job.remote)).commit({"Jenkinsfile": jenkinsfile, "Makefile": MAKEFILE, "program": PROGRAM})


def _with_env(job: Job, **more: str) -> Job:
    return replace(job, env={**job.env, **more})


def _made(job: Job) -> list[str]:
    return (job.folder / "record/targets").read_text(encoding="utf-8").splitlines()


def _with(job: Job, target: str) -> str:
    lines = (job.folder / "record/with").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{target} "))
