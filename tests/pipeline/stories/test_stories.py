"""What becomes of a commit: each story a build of the real Jenkinsfile, on a real repository, registry and cluster."""

import time
from dataclasses import replace
from functools import partial

import pytest

from tests.e2e.platform import ENVIRONMENTS
from tests.pipeline.runner.driver import Build, Event
from tests.pipeline.runner.job import Answer, Change
from tests.pipeline.stories.delivery import ACCEPTED, PATIENCE_S, PROD, STAGE, Delivery

CHECKS = {"Checks", "Checkout", "Manifests", "Lint and tests", "Lint", "Tests", "SonarQube"}
# What each build of one commit is killed at, in turn: while something runs (sh-started), or once it has (sh).
KILLS = [
    ("Checkout", "sh-started"), ("Manifests", "sh-started"), ("Lint", "sh-started"), ("Tests", "sh"),
    ("SonarQube", "sh"), ("Build", "sh-started"), ("Scan", "sh"), ("SBOM", "sh"), ("Push", "sh-started"),
    ("Push", "sh"), ("Release to dev", "sh-started"), ("Release to dev", "sh"), ("Live in dev", "sh-started"),
    ("Live in dev", "sh"), ("Verified in dev", "sh-started"), ("Approve stage", "stage-started"),
    ("Promote to stage", "sh"), ("Live in stage", "sh-started"), ("Acceptance", "sh-started"), ("Prove stage", "sh"),
    ("Approve prod", "stage-started"), ("Promote to prod", "sh"), ("Live in prod", "sh-started"),
    ("Live in prod", "sh"),
]  # fmt: skip
SYNCED = {("Promote to stage", "sh"), ("Promote to prod", "sh")}  # after which somebody syncs all the same
# What the service does first, and then does not in a cluster: its tests notice nothing.
BEGINS = "    settings = settings or from_environ_or_exit()\n"
CRASHES = """\
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        raise RuntimeError("it can't find its configuration")
"""


def _is(kind: str, stage: str, event: Event) -> bool:
    """Say whether `event` is of this kind and stage; what installs tagbump in a slice is none of its work."""
    return event["event"] == kind and event.get("stage") == stage and "pinned-tagbump" not in event.get("script", "")


def ran(build: Build) -> set[str]:
    return {stage for stage, result in build.stages().items() if result != "skipped"}


def test_a_feature_branch_is_checked_and_nothing_is_released(road: Delivery) -> None:
    before, tags = road.whole.world.head(), road.registry.tags()
    commit = road.branch("feature", {"service/release/marker.py": '"""On a branch."""\n'})

    build = road.start(commit, branch="feature").wait(PATIENCE_S)

    assert build.result == "SUCCESS", build.said()
    assert ran(build) == CHECKS
    assert (road.whole.world.head(), road.registry.tags()) == (before, tags)


def test_an_overlay_alone_is_built_as_manifests_and_passes_no_milestone(road: Delivery) -> None:
    # Before any story that merges a change of the service and does not release it: that would go along.
    name = "k8s/overlays/dev/steps.yaml"
    head = road.merge("chore(dev): say more", {name: f"# More.\n{road.whole.world.read(name)}"})

    build = road.start(head).wait(PATIENCE_S)

    assert build.result == "SUCCESS", build.said()
    assert ran(build) == {"Checks", "Checkout", "Manifests"}
    assert not list(build.all("milestone"))
    assert road.whole.world.head() == head


@pytest.mark.parametrize("change", [None, Change(4, "untested")], ids=["merge", "pull-request"])
def test_what_nobody_tested_fails_the_gate_and_there_is_no_image(
    road: Delivery, sonarqube: str, change: Change | None
) -> None:
    files = {"service/release/marker.py": f'"""{time.time_ns()}."""\n'}
    branch = change.source if change else "main"
    commit = road.branch(branch, files) if change else road.merge("feat: what nobody tested", files)

    # Few tests cover little.
    build = road.with_sonarqube().start(commit, branch=branch, change=change).wait(PATIENCE_S)

    assert build.result == "FAILURE"
    assert build.stages()["SonarQube"] == "FAILURE", build.said()
    assert "QUALITY GATE STATUS: FAILED" in build.console
    assert f"{sonarqube}/dashboard" in build.console
    assert commit not in road.registry.tags()


def test_a_critical_finding_stops_the_image_and_its_report_is_mailed(road: Delivery) -> None:
    commit = road.merge(
        "chore: answer for nothing", {"trivy-accepted.yaml": "[]\n", "service/release/marker.py": "A = 1\n"}
    )

    build = road.start(commit).wait(PATIENCE_S)
    road.merge("chore: answer for it again", {"trivy-accepted.yaml": ACCEPTED})

    assert build.result == "FAILURE", build.said()
    assert build.stages()["Scan"] == "FAILURE"
    assert commit not in road.registry.tags()
    (mail,) = road.mailbox.mails
    assert "critical finding" in mail.subject
    assert "CVE-2099-0001" in mail.html
    assert mail.recipients == ("releases@example.com",)


def test_a_scanner_that_fails_stops_the_image_and_says_that_it_failed(road: Delivery) -> None:
    labels = dict(road.job.labels or {})
    labels["image"] = replace(labels["image"], env={**labels["image"].env, "TRIVY_CACHE_DIR": "/nowhere"})
    broken = replace(road, job=replace(road.job, labels=labels))
    commit = road.merge("feat: something that nobody can scan")

    build = broken.start(commit).wait(PATIENCE_S)

    assert build.stages()["Scan"] == "FAILURE", build.said()
    assert commit not in road.registry.tags()
    (mail,) = road.mailbox.mails
    assert "the scanner failed" in mail.subject


def test_a_merge_goes_to_prod_and_every_approval_is_written_down(road: Delivery, sonarqube: str) -> None:
    assert sonarqube
    complete = road.with_sonarqube().with_all_tests()
    commit = road.merge("feat: something new")

    build = complete.start(commit, inputs=[STAGE, PROD])
    artifact = road.artifact(build)
    road.approve(build, "stage")
    road.approve(build, "prod")
    build.wait(PATIENCE_S)

    assert build.result == "SUCCESS", build.said()
    assert {one: road.whole.artifact(one) for one in ("dev", "stage", "prod")} == dict.fromkeys(
        ("dev", "stage", "prod"), artifact
    )
    assert all(road.whole.proven(one, artifact) for one in ("dev", "stage", "prod"))
    assert road.registry.tags()[f"verified-dev-{commit}"] == artifact.partition("@")[2]
    release = road.start(road.whole.world.head()).wait(PATIENCE_S)
    assert ran(release) == {"Checks", "Checkout", "Manifests"}, "the release that it pushed makes no loop"
    assert "Approved-by: grace" in road.whole.world.message(
        road.whole.world.git("rev-list", "-1", "main", "--", "k8s/overlays/prod", cwd=road.whole.world.remote).strip()
    )


def test_a_stage_that_is_rejected_keeps_what_it_has(road: Delivery) -> None:
    before = road.whole.artifact("stage")
    commit = road.merge("feat: what stage does not want")

    build = road.start(commit, inputs=[replace(STAGE, outcome="abort")]).wait(PATIENCE_S)

    assert build.result == "ABORTED", build.said()
    assert road.whole.artifact("dev") == road.artifact(build)
    assert road.whole.artifact("stage") == before


def test_an_author_does_not_approve_for_prod(road: Delivery) -> None:
    before = road.whole.artifact("prod")
    commit = road.merge("feat: what Ada approves herself")

    build = road.start(commit, inputs=[STAGE, Answer("Approve prod", "ada")])
    road.approve(build, "stage")
    build.wait(PATIENCE_S)

    assert build.stages()["Promote to prod"] == "FAILURE", build.said()
    assert road.whole.artifact("prod") == before
    assert "four-eyes" in road.mailbox.mails[-1].subject


def test_a_build_that_does_not_live_in_dev_goes_no_further(road: Delivery) -> None:
    good = road.whole.world.read("service/app.py")
    bad = good.replace("from flask", "import os\n\nfrom flask").replace(BEGINS, f"{CRASHES}{BEGINS}")
    commit = road.merge("feat: what does not start", {"service/app.py": bad})

    build = road.start(commit, inputs=[STAGE]).wait(PATIENCE_S)
    road.whole.rollback("dev", "it does not start")
    road.merge("fix: what does not start", {"service/app.py": good})
    road.whole.wait("dev")

    assert build.stages()["Live in dev"] == "FAILURE", build.said()
    assert build.stages()["Approve stage"] == "skipped"
    assert "it can't find its configuration" in road.mailbox.mails[-1].html


def test_a_canary_that_is_aborted_is_rolled_back_and_mailed(road: Delivery) -> None:
    before = road.whole.artifact("prod")
    commit = road.merge("feat: what an approver stops")

    build = road.start(commit, inputs=[STAGE, PROD])
    road.approve(build, "stage")
    artifact = road.artifact(build)
    road.whole.until(lambda: road.whole.artifact("prod") == artifact, seconds=600, told="the promotion")
    road.whole.refresh("prod")
    road.whole.until(lambda: road.whole.synced("prod") == "OutOfSync", seconds=120)
    with road.whole.users("prod", rate=80):
        road.pause_of_prod()
        assert road.whole.act("prod", "abort").code == 0
    build.wait(PATIENCE_S)
    assert road.whole.sync("prod").code == 0

    assert build.stages()["Live in prod"] == "FAILURE", build.said()
    assert road.whole.artifact("prod") == before
    assert any("prod" in mail.subject for mail in road.mailbox.mails)
    refused = road.whole.world.json("promote", "prod", "--artifact", artifact, "--approved-by", "grace")
    assert refused.kind == "rolled-back"


@pytest.mark.timeout(3600)
def test_a_build_that_is_killed_in_every_stage_and_run_again_ends_in_the_same_place(road: Delivery) -> None:
    commit = road.merge("feat: what is killed again and again")
    for stage, event in KILLS:
        build = road.start(commit, inputs=[STAGE, PROD])
        build.until(partial(_is, event, stage), PATIENCE_S)
        build.kill()
        if (stage, event) in SYNCED:
            road.approve(build, stage.rpartition(" ")[2])

    last = road.start(commit, inputs=[STAGE, PROD]).wait(PATIENCE_S)

    artifact = road.artifact(last)
    assert last.result == "SUCCESS", last.said()
    assert [sum(commit in one for one in road.releases(environment)) for environment in ENVIRONMENTS] == [1, 1, 1]
    assert {one: road.whole.artifact(one) for one in ENVIRONMENTS} == dict.fromkeys(ENVIRONMENTS, artifact)
    assert all(road.whole.proven(one, artifact) for one in ENVIRONMENTS)
    assert road.registry.tags()[f"verified-dev-{commit}"] == artifact.partition("@")[2]


def test_of_two_merges_close_together_the_second_waits_or_overtakes_and_says_so(road: Delivery) -> None:
    first = road.start(road.merge("feat: the first of two"), inputs=[replace(STAGE, delay_s=600)])
    second = road.start(road.merge("feat: the second of two"), inputs=[replace(STAGE, outcome="abort")])

    second.wait(PATIENCE_S)
    first.abort()
    first.wait(PATIENCE_S)

    assert second.stages()["Live in dev"] == "SUCCESS", second.said()
    assert road.whole.artifact("dev") == road.artifact(second)
    if first.stages()["Release to dev"] == "FAILURE":
        commit = next(second.all("checkout"))["commit"]
        assert f"dev: overtaken by {commit[:12]}" in first.console
    else:
        assert [event["holder"] for event in second.all("lock-waits", resource="dev")] == [first.number]
