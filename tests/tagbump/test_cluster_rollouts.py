"""Where a rollout stands, as the board says it, by what a cluster says of it."""

from typing import Any, Final

import pytest

from tagbump import plain
from tagbump.cluster import rollouts, watching
from tagbump.cluster.model import Rollout, Seen
from tagbump.model import Artifact
from tests.tagbump import clusters
from tests.tagbump.clusters import DELETED, OLD_HASH, Objects, live, put
from tests.tagbump.world import artifact

APP: Final = "applications.0"
STATUS: Final = f"{APP}.status"
ROLLOUT: Final = "rollouts.0.status"
HELD: Final = Artifact.parse(artifact("1.1.0"))


def told(objects: Objects, held: Artifact | None = HELD) -> Rollout:
    seen = watching.deployed(clusters.NAME, lambda collection: list(objects[collection.plural]))
    return rollouts.rollout(clusters.NAME, seen, held)


def changed(changes: dict[str, Any], objects: Objects) -> Objects:
    for path, value in changes.items():
        objects = put(objects, path, value)
    return objects


PAUSED: Final = {
    f"{STATUS}.health": {"status": "Suspended", "message": "CanaryPauseStep"},
    f"{ROLLOUT}.phase": "Paused",
    f"{ROLLOUT}.stableRS": OLD_HASH,
    f"{ROLLOUT}.currentStepIndex": 1,
    f"{ROLLOUT}.updatedReplicas": 1,
    f"{ROLLOUT}.pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-03-01T12:05:00Z"}],
}
ROLLING: Final = {
    f"{STATUS}.health.status": "Progressing",
    f"{ROLLOUT}.phase": "Progressing",
    f"{ROLLOUT}.currentStepIndex": 2,
    f"{ROLLOUT}.updatedReplicas": 1,
}
ABORTED: Final = {
    f"{STATUS}.health.status": "Degraded",
    f"{ROLLOUT}.phase": "Degraded",
    f"{ROLLOUT}.abort": True,
    f"{ROLLOUT}.message": "RolloutAborted: aborted update to revision 2",
}
SYNCING: Final = {f"{STATUS}.operationState.phase": "Running"}
FAILED_SYNC: Final = {
    f"{STATUS}.sync.status": "OutOfSync",
    f"{STATUS}.operationState.phase": "Failed",
    f"{STATUS}.operationState.message": "one or more objects failed to apply",
}


@pytest.mark.parametrize(
    ("changes", "state", "detail"),
    [
        ({}, "healthy", "Synced, Healthy"),
        (
            PAUSED,
            "needs-resume",
            "Synced, Suspended; service: paused at step 2 of 4 (pause), 1 of 2 pods new, 2 available",
        ),
        (
            ROLLING,
            "rolling-out",
            "Synced, Progressing; service: step 3 of 4 (setWeight 50), 1 of 2 pods new, 2 available",
        ),
        (
            {f"{ROLLOUT}.canary": {"weights": {"stable": {"podTemplateHash": OLD_HASH, "weight": 100}}}},
            "rolling-out",
            "Synced, Healthy; service: 2 of 2 pods new, 2 available, 100 % of the traffic still goes to other versions",
        ),
        (ABORTED, "failed", "Synced, Degraded; service: RolloutAborted: aborted update to revision 2"),
        (SYNCING, "syncing", "Synced, Healthy"),
        ({f"{APP}.operation": {"sync": {}}}, "syncing", "Synced, Healthy"),
        (
            FAILED_SYNC,
            "failed",
            "OutOfSync, Healthy; the sync ended as Failed: one or more objects failed to apply",
        ),
        ({**FAILED_SYNC, f"{APP}.operation": {"sync": {}}}, "syncing", None),
        ({f"{STATUS}.operationState.phase": "Failed"}, "healthy", "Synced, Healthy"),
        ({f"{STATUS}.sync.status": "OutOfSync"}, "syncing", "OutOfSync, Healthy"),
        ({f"{STATUS}.sync.status": "OutOfSync", f"{APP}.spec.syncPolicy": {}}, "needs-sync", "OutOfSync, Healthy"),
        (
            {
                f"{STATUS}.sync.status": "Unknown",
                f"{STATUS}.conditions": [{"type": "ComparisonError", "message": "repository not found"}],
            },
            "refreshing",
            "Unknown, Healthy; ComparisonError: repository not found",
        ),
        ({f"{APP}.spec.source.path": "elsewhere"}, "refreshing", "Synced, Healthy"),
        ({STATUS: DELETED}, "refreshing", "not compared yet, no health yet"),
        ({f"{STATUS}.health": {"status": "Degraded", "message": "x"}, f"{STATUS}.resources": []}, "failed", None),
        ({f"{STATUS}.health.status": "Missing"}, "unhealthy", "Synced, Missing"),
        ({"rollouts": []}, "rolling-out", "Synced, Healthy; Rollout service: not there"),
        ({"applications": []}, "no-application", "argocd/service-dev is not there"),
        (
            {f"{APP}.metadata.deletionTimestamp": "2026-03-01T12:00:00Z"},
            "no-application",
            "argocd/service-dev is being deleted",
        ),
    ],
)
def test_a_rollout_is_told_in_a_word_and_in_words(changes: dict[str, Any], state: str, detail: str | None) -> None:
    rollout = told(changed(changes, live()))

    assert (rollout.state, rollout.detail) == (state, rollout.detail if detail is None else detail)


def test_what_runs_another_artifact_is_not_told_to_be_healthy() -> None:
    rollout = told(live("1.0.0"))

    assert rollout.state == "refreshing"
    assert rollout.detail.startswith(
        "Synced, Healthy; Rollout service names registry.example.com/service:1.0.0@sha256:"
    )


def test_an_environment_without_an_artifact_is_told_what_is_there() -> None:
    assert told(live("1.0.0"), held=None) == Rollout("healthy", "Synced, Healthy")


def test_a_deployment_is_told_as_a_rollout_is() -> None:
    rollout = told(put(clusters.deployed_by_deployment(), "deployments.0.status.updatedReplicas", 1))

    assert rollout == Rollout("rolling-out", "Synced, Healthy; service: 1 of 2 pods new, 2 available")


def test_what_could_not_be_seen_is_unknown_and_says_why() -> None:
    assert rollouts.rollout(clusters.NAME, "no answer within 3s", HELD) == Rollout("unknown", "no answer within 3s")


def test_an_application_that_deploys_nothing_says_what_its_health_says() -> None:
    nothing = {f"{STATUS}.resources": [], f"{STATUS}.health": {"status": "Degraded", "message": "a certificate is due"}}

    assert told(changed(nothing, live())) == Rollout("failed", "Synced, Degraded; a certificate is due")


@pytest.mark.parametrize("words", ["\x1b]0;title\x07 \N{RIGHT-TO-LEFT OVERRIDE}", "x" * 10_000])
def test_what_a_cluster_says_is_harmless_and_short(words: str) -> None:
    rollout = told(changed({**ABORTED, f"{ROLLOUT}.message": words, f"{STATUS}.health.status": words}, live()))

    assert plain.harmless(rollout.detail) == rollout.detail
    assert len(rollout.detail) <= 300


def test_nothing_seen_at_all_is_no_application() -> None:
    assert rollouts.rollout("argocd/x", Seen(None), HELD) == Rollout("no-application", "argocd/x is not there")
