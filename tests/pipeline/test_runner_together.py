"""What Jenkins promises of builds of one job that run at once: locks, milestones, who ends whom."""

import time
from contextlib import suppress
from pathlib import Path

from tests.pipeline.runner.driver import Build, run, start
from tests.pipeline.scratch import job, needs_groovy, pipeline, steps

pytestmark = needs_groovy

HOLD = "sh 'for i in $(seq 600); do [ -e {go} ] && exit; sleep 0.05; done; exit 9'"


def test_a_lock_has_one_holder_that_is_named_and_a_killed_one_has_none(tmp_path: Path) -> None:
    go = tmp_path / "go"
    plan, commit = job(tmp_path, steps(f"lock('dev') {{ {HOLD.format(go=go)} }}"))

    first = start(plan, 1, commit=commit)
    first.until_event("lock")
    second = start(plan, 2, commit=commit)
    waits = second.until_event("lock-waits")
    pids = _processes(first)
    first.kill()
    second.until_event("lock")
    go.touch()
    second.wait()

    assert (waits["resource"], waits["holder"]) == ("dev", 1)
    assert "[Resource: dev] is locked by build #1, waiting..." in second.console
    assert second.result == "SUCCESS"
    assert first.result is None
    assert pids
    assert not _processes(first)


def test_with_inverse_precedence_the_newest_that_waits_is_next(tmp_path: Path) -> None:
    go = tmp_path / "go"
    stage = f"""
        stage('Dev') {{
            agent any
            options {{ lock(resource: 'dev', inversePrecedence: true); skipDefaultCheckout() }}
            steps {{ {HOLD.format(go=go)} }}
        }}
    """
    plan, commit = job(tmp_path, pipeline(stage))

    builds = []
    for number in (1, 2, 3):
        builds.append(start(plan, number, commit=commit))
        builds[-1].until_event("lock" if number == 1 else "lock-waits")
    go.touch()
    for build in builds:
        build.wait()

    held = {build.number: next(build.all("lock"))["at"] for build in builds}
    assert sorted(held, key=lambda number: held[number]) == [1, 3, 2]


def test_who_passes_a_milestone_ends_older_builds_and_one_that_comes_late_ends_itself(tmp_path: Path) -> None:
    go = tmp_path / "go"
    stages = f"""
        stage('Before') {{ agent any
            options {{ skipDefaultCheckout() }}
            steps {{ script {{ if (env.BUILD_NUMBER in ['1', '3']) {{ {HOLD.format(go=go)} }} }} }} }}
        stage('Pass') {{ steps {{ milestone 10; milestone ordinal: 20 }}
            post {{ notBuilt {{ echo 'overtaken' }} }} }}
        stage('Behind') {{ steps {{ milestone 15 }} }}
    """
    plan, commit = job(tmp_path, pipeline(stages))

    first = start(plan, 1, commit=commit)
    first.until_event("sh-started")
    third = start(plan, 3, commit=commit)
    third.until_event("sh-started")
    second = run(plan, 2, commit=commit)
    first.wait()
    go.touch()
    third.wait()

    assert second.error == "Invalid ordinal 15, as the previous one was 20"
    assert first.result == "NOT_BUILT"
    assert first.error == "Superseded by #2"
    assert third.stages()["Pass"] == "SUCCESS"
    assert [(event["ordinal"], event["passed"]) for event in third.all("milestone")][:2] == [(10, True), (20, True)]


def test_a_build_that_ends_takes_older_ones_along_that_wait_at_its_last_milestone(tmp_path: Path) -> None:
    stages = """
        stage('Dev') { steps { milestone 10; script { if (env.BUILD_NUMBER == '2') { error 'dev is unhealthy' } } } }
        stage('Approve') { input { message 'Go?' }
            steps { milestone 20 } }
    """
    plan, commit = job(tmp_path, pipeline(stages))

    first = start(plan, 1, commit=commit)
    first.until_event("input-waits")
    second = run(plan, 2, commit=commit)
    first.wait()

    assert second.result == "FAILURE"
    assert (first.result, first.error) == ("NOT_BUILT", "Superseded by #2")


def test_an_older_build_does_not_pass_a_milestone_after_a_newer_one(tmp_path: Path) -> None:
    go = tmp_path / "go"
    stages = f"""
        stage('Milestone') {{ steps {{ milestone 10 }} }}
        stage('Hold') {{ agent any
            options {{ skipDefaultCheckout() }}
            steps {{ {HOLD.format(go=go)} }} }}
    """
    plan, commit = job(tmp_path, pipeline(stages))

    newer = start(plan, 5, commit=commit)
    newer.until_event("milestone")
    older = run(plan, 4, commit=commit)
    go.touch()
    newer.wait()

    assert older.result == "NOT_BUILT"
    assert older.error == "Superseded by #5"
    assert newer.result == "SUCCESS"


def test_a_new_build_ends_the_one_before_where_the_job_is_told_to_abort_previous(tmp_path: Path) -> None:
    alone = "properties([disableConcurrentBuilds(abortPrevious: true)])\n"
    plan, commit = job(
        tmp_path, alone + steps("script { if (env.BUILD_NUMBER == '1') { sh 'sleep 60' } }; echo 'through'")
    )

    first = start(plan, 1, commit=commit)
    first.until_event("sh-started")
    second = run(plan, 2, commit=commit)

    assert second.result == "SUCCESS"
    assert first.wait().result == "NOT_BUILT"
    assert first.error == "Superseded by #2"
    ended, begun = (next(build.all(kind))["at"] for build, kind in ((first, "result"), (second, "stage-started")))
    assert ended < begun


def _processes(build: Build) -> list[int]:
    """The living processes of a build, a moment after it was started or ended."""
    time.sleep(0.1)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"COOKIE={build.cookie}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found
