"""What has failed with this release, and what had failed before it: the one ends the wait, the other does not."""

from typing import Any, Final

import pytest

from tagbump.cluster.model import Verdict
from tests.tagbump import clusters
from tests.tagbump.clusters import DELETED, OLD_HASH, Objects, live, put
from tests.tagbump.test_cluster_judgement import APP, BEFORE, LATER, ROLLOUT, STATUS, changed, judge
from tests.tagbump.world import artifact

NEW_HASH: Final = "5f9c"
BLAMED: Final = "pod new, container service"
POD: Final = "pods.2"
ENDED: Final = {"terminated": {"reason": "Error", "exitCode": 3, "message": "no database\n at all"}}


def canary(**status: Any) -> Objects:
    """A canary of the release at its second step: one new pod beside two of the stable version."""
    objects = live("1.1.0", automated=False)
    objects["rollouts"][0]["status"] |= {
        "currentPodHash": NEW_HASH,
        "stableRS": OLD_HASH,
        "currentStepIndex": 1,
        "updatedReplicas": 1,
        "phase": "Progressing",
        **status,
    }
    objects["replicasets"] = [clusters.replica_set(OLD_HASH, "u-old"), clusters.replica_set(NEW_HASH, "u-new")]
    old = [clusters.pod(name, "1.0.0", "u-old") for name in ("old-1", "old-2")]
    objects["pods"] = [*old, clusters.pod("new", "1.1.0", "u-new")]
    objects["applications"][0]["status"]["health"]["status"] = "Progressing"
    objects["analysisruns"] = []
    return objects


def aborted(at: str = "2026-03-01T12:05:00Z", **more: Any) -> Objects:
    """The same, aborted: all pods are those of the stable version again, and git still names the new one."""
    objects = canary(
        abort=True, abortedAt=at, phase="Degraded", currentStepIndex=0, updatedReplicas=0,
        message="RolloutAborted: Rollout aborted update to revision 2: Metric \"success-rate\" assessed Failed", **more,
    )  # fmt: skip
    objects["applications"][0]["status"]["health"] = {"status": "Degraded", "lastTransitionTime": at}
    del objects["pods"][2]
    return objects


def details(verdict: Verdict) -> dict[str, str]:
    return {check.name: check.detail for check in verdict.checks}


STRATEGY: Final = f"{ROLLOUT}.spec.strategy"
LAST_PAUSE: Final = f"{STRATEGY}.canary.steps.3.pause.duration"


# --- waiting ----------------------------------------------------------------------------------------------------------


def pause(reason: str = "CanaryPauseStep") -> dict[str, Any]:
    return {"phase": "Paused", "pauseConditions": [{"reason": reason, "startTime": "2026-03-01T12:01:00Z"}]}


@pytest.mark.parametrize(
    ("objects", "state", "words"),
    [
        (canary(**pause()), "needs-resume", "paused at step 2 of 4 (pause), 1 of 2 pods new, 2 available"),
        (canary(**pause(), currentStepIndex=3), "rolling-out", "until 2026-03-01T12:03:00Z"),
        (canary(**pause("InconclusiveAnalysisRun")), "needs-resume", "paused: an analysis was inconclusive"),
        (canary(**pause("InconclusiveExperiment")), "needs-resume", "paused: an experiment was inconclusive"),
        (canary(**pause("NewMoon")), "needs-resume", "paused: NewMoon"),
        (canary(**pause("")), "needs-resume", "paused: no reason is given"),
        (canary(**pause("BlueGreenPause")), "needs-resume", "before the new version takes over"),
        (
            put(canary(**pause("BlueGreenPause")), STRATEGY, {"blueGreen": {"autoPromotionSeconds": 30}}),
            "rolling-out",
            "until 2026-03-01T12:01:30Z",
        ),
        (put(canary(), f"{ROLLOUT}.spec.paused", True), "needs-resume", "paused by hand"),
        (
            put(canary(**pause(), currentStepIndex=3), LAST_PAUSE, "soon"),
            "rolling-out",
            "paused at step 4 of 4",
        ),
        (
            put(canary(**pause(), currentStepIndex=3), LAST_PAUSE, 90),
            "rolling-out",
            "until 2026-03-01T12:02:30Z",
        ),
        (canary(currentStepIndex=2), "rolling-out", "step 3 of 4 (setWeight 50), 1 of 2 pods new"),
    ],
)  # fmt: skip
def test_what_is_waited_for_is_named(objects: Objects, state: str, words: str) -> None:
    verdict = judge(objects)

    assert (verdict.live, verdict.cause, verdict.state) == (False, None, state)
    assert words in details(verdict)["rollout"]


def test_a_paused_canary_that_argo_cd_calls_suspended_waits_for_a_person() -> None:
    objects = put(canary(**pause()), f"{STATUS}.health.status", "Suspended")

    verdict = judge(objects)

    assert (verdict.state, verdict.cause) == ("needs-resume", None)
    assert details(verdict)["healthy"] == "Suspended"


def test_a_person_is_waited_for_also_while_the_sync_still_runs() -> None:
    objects = put(canary(**pause()), f"{STATUS}.operationState.phase", "Running")

    assert judge(objects).state == "needs-resume"


def test_an_analysis_is_waited_for_before_the_rollout_that_waits_for_it() -> None:
    objects = put(canary(), "analysisruns.0", clusters.analysis_run("Running", NEW_HASH))

    verdict = judge(objects)

    assert verdict.state == "analysing"
    assert details(verdict)["analysis"] == f"service-{NEW_HASH}-2-1: Running"


# --- failed -----------------------------------------------------------------------------------------------------------


def test_an_aborted_rollout_ends_it_though_git_still_names_the_artifact() -> None:
    verdict = judge(aborted())

    assert verdict.cause is not None
    assert verdict.cause.startswith("Rollout service: RolloutAborted: Rollout aborted update to revision 2")


def test_the_cause_of_an_abort_names_the_analysis_its_metric_and_what_it_measured() -> None:
    result = {
        "name": "success-rate", "phase": "Failed", "message": "failed (2) > failureLimit (1)",
        "measurements": [{"value": "[0.2]"}, {"phase": "Failed", "value": "[0.93]"}],
    }  # fmt: skip
    run = put({"a": [clusters.analysis_run("Failed", NEW_HASH)]}, "a.0.status.metricResults", [result])["a"][0]

    verdict = judge(put(aborted(), "analysisruns.0", run))

    assert verdict.cause is not None
    found = "metric success-rate: Failed, failed (2) > failureLimit (1), last measured [0.93]"
    assert f"AnalysisRun service-{NEW_HASH}-2-1: {found}" in verdict.cause


def test_analyses_of_another_version_and_of_another_time_are_no_cause() -> None:
    other = clusters.analysis_run("Failed", OLD_HASH)
    early = put(
        {"a": [clusters.analysis_run("Failed", NEW_HASH)]}, "a.0.metadata.creationTimestamp", "2026-03-01T11:00:00Z"
    )["a"][0]

    verdict = judge(changed({"analysisruns.0": other, "analysisruns.1": early}, aborted()))

    assert verdict.cause is not None
    assert "AnalysisRun" not in verdict.cause


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{ROLLOUT}.status.abortedAt": "2026-03-01T11:59:59Z"}, id="before the sync began"),
        pytest.param({f"{ROLLOUT}.status.abortedAt": DELETED}, id="at a moment that nobody tells"),
        pytest.param({f"{ROLLOUT}.metadata.generation": 5}, id="of an earlier specification"),
        pytest.param({f"{ROLLOUT}.spec.template.spec.containers.0.image": artifact("1.2.0")}, id="another artifact's"),
        pytest.param(
            {f"{STATUS}.operationState.syncResult.revision": BEFORE, f"{STATUS}.history": []},
            id="no sync with the release has begun",
        ),
        pytest.param(
            {f"{STATUS}.operationState": DELETED, f"{STATUS}.history": []}, id="nothing was ever synced"
        ),
    ],
)  # fmt: skip
def test_an_abort_that_is_not_this_releases_is_waited_out(changes: dict[str, Any]) -> None:
    objects = put(aborted(), f"{ROLLOUT}.status.conditions", [])

    verdict = judge(changed(changes, objects))

    assert not verdict.live
    assert verdict.cause is None


def test_an_abort_of_before_waits_for_a_person_to_retry() -> None:
    assert judge(aborted("2026-03-01T11:00:00Z")).state == "needs-retry"


def test_a_second_sync_of_the_release_does_not_wash_it_clean() -> None:
    objects = changed(
        {
            f"{STATUS}.operationState.startedAt": "2026-03-01T12:08:00Z",
            f"{STATUS}.operationState.finishedAt": "2026-03-01T12:08:05Z",
            f"{STATUS}.operationState.syncResult.revision": LATER,
        },
        aborted(),
    )

    assert judge(objects).cause is not None


def test_an_abort_ends_it_once_the_controller_has_said_why() -> None:
    objects = canary(**pause(), abort=True, message="CanaryPauseStep")

    verdict = judge(objects)

    assert (verdict.live, verdict.cause, verdict.state) == (False, None, "needs-retry")
    assert details(verdict)["rollout"] == "Rollout service: aborted"


def test_a_degraded_rollout_ends_it() -> None:
    late = {
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "lastTransitionTime": "2026-03-01T12:09:50Z",
    }  # fmt: skip
    objects = canary(phase="Degraded", message="ProgressDeadlineExceeded: timed out", conditions=[late])

    verdict = judge(objects)
    before = judge(put(objects, f"{ROLLOUT}.status.conditions.0.lastTransitionTime", "2026-03-01T11:05:00Z"))

    assert verdict.cause == "Rollout service: ProgressDeadlineExceeded: timed out"
    assert (before.cause, before.state) == (None, "needs-retry")


def test_old_pods_that_take_long_to_go_are_given_a_moment() -> None:
    late = {"type": "Progressing", "status": "False", "lastTransitionTime": "2026-03-01T12:09:00Z"}
    status = {"phase": "Degraded", "message": "ProgressDeadlineExceeded", "conditions": [late]}
    objects = live()
    objects["rollouts"][0]["status"] |= status

    verdict = judge(objects)
    stays = judge(put(objects, f"{ROLLOUT}.status.conditions.0.lastTransitionTime", "2026-03-01T12:08:00Z"))
    pods_missing = judge(put(objects, f"{ROLLOUT}.status.availableReplicas", 1))

    assert (verdict.live, verdict.cause, verdict.state) == (False, None, "rolling-out")
    assert stays.cause == pods_missing.cause == "Rollout service: ProgressDeadlineExceeded"


def test_a_specification_that_stays_invalid_ends_it() -> None:
    invalid = {"type": "InvalidSpec", "status": "True", "lastTransitionTime": "2026-03-01T12:05:00Z"}
    objects = canary(phase="Degraded", message="InvalidSpec: no AnalysisTemplate", conditions=[invalid])

    verdict = judge(objects)
    at_first = judge(put(objects, f"{ROLLOUT}.status.conditions.0.lastTransitionTime", "2026-03-01T12:09:30Z"))

    assert verdict.cause == "Rollout service: InvalidSpec: no AnalysisTemplate"
    assert (at_first.cause, at_first.state) == (None, "rolling-out")


def test_a_deployment_that_does_not_get_on_ends_it() -> None:
    stuck = {
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "message": "ReplicaSet has timed out progressing.", "lastTransitionTime": "2026-03-01T12:05:00Z",
    }  # fmt: skip
    objects = clusters.deployed_by_deployment()
    objects["deployments"][0]["status"] |= {"conditions": [stuck], "availableReplicas": 0}

    assert judge(objects).cause == "Deployment service: ReplicaSet has timed out progressing."


@pytest.mark.parametrize(
    ("waiting", "last", "words"),
    [
        (
            {"reason": "CrashLoopBackOff", "message": "back-off 10s"},
            ENDED,
            f"{BLAMED}: CrashLoopBackOff: back-off 10s; it ended last with Error, exit code 3: no database at all",
        ),
        (
            {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x": not found'},
            {},
            f'{BLAMED}: ImagePullBackOff: Back-off pulling image "x": not found',
        ),
        ({"reason": "InvalidImageName"}, {}, f"{BLAMED}: InvalidImageName"),
        (
            {"reason": "CreateContainerConfigError", "message": 'secret "service-database" not found'},
            {},
            f'{BLAMED}: CreateContainerConfigError: secret "service-database" not found',
        ),
    ],
)
def test_a_pod_that_can_not_start_ends_it_with_its_last_words(
    waiting: dict[str, str], last: dict[str, Any], words: str
) -> None:
    status = {"name": "service", "state": {"waiting": waiting}, "lastState": last}

    verdict = judge(put(canary(), "pods.2.status.containerStatuses.0", status))

    assert verdict.cause == words


def test_why_a_server_has_no_worker_stands_before_its_last_line_and_is_told() -> None:
    message = f"{'File app.py, in create_app ' * 60}KeyError: 'QUEUE'\n{'Shutting down: Master ' * 20}\nDid not start."
    last = {"terminated": {"exitCode": 3, "message": message}}
    status = {"name": "service", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": last}

    verdict = judge(put(canary(), "pods.2.status.containerStatuses.0", status))

    assert verdict.cause is not None
    assert "KeyError: 'QUEUE'" in verdict.cause


@pytest.mark.parametrize(
    "why",
    [
        "dial tcp 10.0.0.2:443: connect: connection refused",
        "dial tcp: lookup registry.example.com: no such host",
        "net/http: TLS handshake timeout",
        "unexpected status from HEAD request to https://registry.example.com/v2/x: 503 Service Unavailable",
        'Head "https://registry.example.com/v2/x/manifests/sha256:0": EOF',
    ],
)
def test_a_registry_that_is_away_is_waited_for_and_blamed_in_the_end(why: str) -> None:
    waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "x": failed to resolve: {why}'}
    status = {"name": "service", "state": {"waiting": waiting}}
    objects = put(canary(), f"{POD}.status.containerStatuses.0", status)

    at_first = judge(put(objects, f"{POD}.metadata.creationTimestamp", "2026-03-01T12:08:00Z"))
    later = judge(put(objects, f"{POD}.metadata.creationTimestamp", "2026-03-01T12:06:30Z"))

    assert at_first.cause is None
    assert later.cause is not None
    assert why in later.cause


CRASHED: Final = {"name": "service", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{POD}.metadata.creationTimestamp": "2026-03-01T11:59:59Z"}, id="older than the sync"),
        pytest.param({f"{POD}.metadata.creationTimestamp": DELETED}, id="of a moment that nobody tells"),
        pytest.param({f"{POD}.metadata.deletionTimestamp": "2026-03-01T12:09:00Z"}, id="is ending"),
        pytest.param({f"{POD}.status.phase": "Failed"}, id="was evicted"),
        pytest.param({f"{POD}.metadata.ownerReferences.0.uid": "u-else"}, id="of something else"),
        pytest.param({f"{POD}.spec.containers.0.image": artifact("1.0.0")}, id="of another artifact"),
        pytest.param({f"{POD}.status.containerStatuses.0.state.waiting.reason": "ContainerCreating"}, id="starting"),
        pytest.param({f"{POD}.status.containerStatuses.0.state.waiting.reason": "ErrImagePull"}, id="first try"),
        pytest.param(
            {
                f"{POD}.status.containerStatuses.0.state.waiting.reason": "CreateContainerConfigError",
                f"{POD}.metadata.creationTimestamp": "2026-03-01T12:09:00Z",
            },
            id="young enough for its Secret to come",
        ),
        pytest.param({f"{ROLLOUT}.spec.template.spec.containers.0.image": artifact("1.0.0")}, id="not reached yet"),
    ],
)  # fmt: skip
def test_a_pod_that_is_not_this_releases_fault_is_waited_out(changes: dict[str, Any]) -> None:
    objects = put(canary(), f"{POD}.status.containerStatuses.0", CRASHED)

    verdict = judge(changed(changes, objects))

    assert judge(objects).cause is not None
    assert verdict.cause is None


def test_another_container_of_the_pod_is_not_blamed_on_the_artifact() -> None:
    status = [*canary()["pods"][2]["status"]["containerStatuses"], {**CRASHED, "name": "proxy"}]

    assert judge(put(canary(), f"{POD}.status.containerStatuses", status)).cause is None


@pytest.mark.parametrize(("name", "blamed"), [("migrate", True), ("else", False)])
def test_a_migration_that_can_not_start_ends_it(name: str, blamed: bool) -> None:
    owner = {"kind": "Job", "name": name, "uid": "u-job", "controller": True}
    objects = put(canary(), f"{POD}.metadata.ownerReferences.0", owner)

    verdict = judge(put(objects, f"{POD}.status.containerStatuses.0", CRASHED))

    assert (verdict.cause is not None) is blamed


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_a_failed_sync_ends_it_with_what_its_resources_said(phase: str) -> None:
    failed = {
        "kind": "Job", "name": "migrate", "namespace": clusters.NAMESPACE, "hookPhase": "Failed",
        "message": "Job has reached the specified backoff limit",
    }  # fmt: skip
    state = {"phase": phase, "message": "one or more synchronization tasks completed unsuccessfully"}
    objects = live()
    objects["applications"][0]["status"]["operationState"] |= state
    objects["applications"][0]["status"]["operationState"]["syncResult"]["resources"] = [failed]

    verdict = judge(put(objects, f"{STATUS}.sync.status", "OutOfSync"))

    assert verdict.cause == (
        f"the sync of argocd/service-dev ended as {phase}: one or more synchronization tasks completed unsuccessfully;"
        " Job migrate: Job has reached the specified backoff limit"
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{STATUS}.operationState.syncResult.revision": BEFORE}, id="of an earlier revision"),
        pytest.param({f"{APP}.operation": {"sync": {}}}, id="and another is asked for"),
        pytest.param({f"{STATUS}.operationState.operation.sync.dryRun": True}, id="a dry run"),
    ],
)
def test_a_failed_sync_that_is_not_the_last_word_is_waited_out(changes: dict[str, Any]) -> None:
    failed = {f"{STATUS}.operationState.phase": "Failed", f"{STATUS}.sync.status": "OutOfSync"}

    assert judge(changed(failed)).cause is not None
    assert judge(changed({**failed, **changes})).cause is None


DEGRADED: Final = {
    f"{STATUS}.health": {"status": "Degraded", "message": "x", "lastTransitionTime": "2026-03-01T12:05:00Z"}
}


def test_an_application_that_stays_degraded_ends_it() -> None:
    assert judge(changed(DEGRADED)).cause == "argocd/service-dev is Degraded: x"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{STATUS}.health.lastTransitionTime": "2026-03-01T11:59:59Z"}, id="since before the sync"),
        pytest.param({f"{STATUS}.health.lastTransitionTime": DELETED}, id="since nobody knows when"),
        pytest.param({f"{STATUS}.health.lastTransitionTime": "2026-03-01T12:09:00Z"}, id="for a moment"),
        pytest.param({f"{STATUS}.operationState.phase": "Running"}, id="while the sync runs"),
        pytest.param({f"{APP}.operation": {"sync": {}}}, id="when the sync has not begun"),
        pytest.param({f"{STATUS}.health.status": "Progressing"}, id="getting on"),
        pytest.param({f"{ROLLOUT}.spec.template.spec.containers.0.image": artifact("1.0.0")}, id="not reached yet"),
    ],
)
def test_health_that_is_not_this_releases_fault_is_waited_out(changes: dict[str, Any]) -> None:
    verdict = judge(changed({**DEGRADED, **changes}))

    assert not verdict.live
    assert verdict.cause is None
