"""A cluster in which an artifact is live, as an API server gives it: what tests change, and what a fake one serves."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from tests.tagbump.world import artifact, digest_of

Object = dict[str, Any]
Objects = dict[str, list[Object]]
"""Objects by the plural of their kind."""

RELEASE: Final = "a" * 40
NOW: Final = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
OVERLAY: Final = "k8s/overlays/dev"
NAME: Final = "argocd/service-dev"
NAMESPACE: Final = "service-dev"
HASH: Final = "7b6d594dd4"
OLD_HASH: Final = "765c575bfd"
STEPS: Final = [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "2m"}}]


def application(tag: str = "1.1.0", revision: str = RELEASE, *, automated: bool = True) -> Object:
    """An Application that was synced to `revision` at 12:00, and has been healthy since."""
    source = {"repoURL": "https://git.example.com/service.git", "targetRevision": "main", "path": OVERLAY}
    destination = {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE}
    spec: Object = {"project": "nonprod", "source": source, "destination": destination}
    if automated:
        spec["syncPolicy"] = {"automated": {"prune": True, "selfHeal": True}}
    synced = {"group": "argoproj.io", "kind": "Rollout", "namespace": NAMESPACE, "name": "service"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"namespace": "argocd", "name": "service-dev", "uid": "u-app", "resourceVersion": "1"},
        "spec": spec,
        "status": {
            "health": {"status": "Healthy", "lastTransitionTime": "2026-03-01T12:00:20Z"},
            "history": [{"id": 0, "revision": revision, "deployStartedAt": "2026-03-01T12:00:00Z"}],
            "operationState": {
                "phase": "Succeeded",
                "message": "successfully synced (all tasks run)",
                "startedAt": "2026-03-01T12:00:00Z",
                "finishedAt": "2026-03-01T12:00:05Z",
                "operation": {"sync": {"revision": revision}},
                "syncResult": {
                    "revision": revision,
                    "source": source,
                    "resources": [
                        {**synced, "status": "Synced", "hookPhase": "Running", "images": [artifact(tag)]},
                        {
                            "group": "batch",
                            "kind": "Job",
                            "namespace": NAMESPACE,
                            "name": "migrate",
                            "hookType": "Sync",
                        },
                    ],
                },
            },
            "reconciledAt": "2026-03-01T12:00:10Z",
            "resources": [
                {"version": "v1", "kind": "Service", "namespace": NAMESPACE, "name": "service", "status": "Synced"},
                {**synced, "version": "v1alpha1", "status": "Synced"},
            ],
            "summary": {"images": [artifact(tag)]},
            "sync": {
                "status": "Synced",
                "revision": revision,
                "comparedTo": {"source": source, "destination": destination},
            },
        },
    }


def rollout(tag: str = "1.1.0") -> Object:
    """A Rollout with steps, all of them taken."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {
            "namespace": NAMESPACE, "name": "service", "uid": "u-rollout", "generation": 4, "resourceVersion": "2",
        },
        "spec": {
            "replicas": 2,
            "strategy": {"canary": {"steps": STEPS}},
            "template": {"spec": {"containers": [{"name": "service", "image": artifact(tag)}]}},
        },
        "status": {
            "phase": "Healthy",
            "observedGeneration": "4",
            "currentPodHash": HASH,
            "stableRS": HASH,
            "currentStepIndex": 4,
            "replicas": 2,
            "updatedReplicas": 2,
            "availableReplicas": 2,
            "readyReplicas": 2,
            "conditions": [
                {"type": "Healthy", "status": "True", "reason": "RolloutHealthy"},
                {"type": "Progressing", "status": "True", "lastTransitionTime": "2026-03-01T12:00:06Z"},
            ],
        },
    }  # fmt: skip


def replica_set(version: str = HASH, uid: str = "u-rs", owner: str = "u-rollout") -> Object:
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "namespace": NAMESPACE,
            "name": f"service-{version}",
            "uid": uid,
            "labels": {"rollouts-pod-template-hash": version},
            "annotations": {"rollout.argoproj.io/revision": "2"},
            "ownerReferences": [{"kind": "Rollout", "name": "service", "uid": owner, "controller": True}],
        },
    }


def pod(name: str = "service-1", tag: str = "1.1.0", owner: str = "u-rs") -> Object:
    """A pod that runs `tag` and is ready."""
    repository = artifact(tag).partition(":")[0]
    return {
        "kind": "Pod",
        "metadata": {
            "namespace": NAMESPACE,
            "name": name,
            "uid": f"u-{name}",
            "creationTimestamp": "2026-03-01T12:00:07Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "service-x", "uid": owner, "controller": True}],
        },
        "spec": {
            "containers": [
                {"name": "service", "image": artifact(tag)},
                {"name": "proxy", "image": "registry.example.com/proxy:3"},
            ]
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {
                    "name": "service",
                    "ready": True,
                    "imageID": f"{repository}@{digest_of(tag)}",
                    "state": {"running": {"startedAt": "2026-03-01T12:00:09Z"}},
                    "lastState": {},
                }
            ],
        },
    }


def analysis_run(phase: str = "Successful", version: str = HASH) -> Object:
    return {
        "kind": "AnalysisRun",
        "metadata": {
            "namespace": NAMESPACE,
            "name": f"service-{version}-2-1",
            "uid": "u-run",
            "creationTimestamp": "2026-03-01T12:00:08Z",
            "labels": {"rollouts-pod-template-hash": version},
            "ownerReferences": [{"kind": "Rollout", "name": "service", "uid": "u-rollout", "controller": True}],
        },
        "status": {"phase": phase, "metricResults": [{"name": "success-rate", "phase": phase, "measurements": []}]},
    }


def live(tag: str = "1.1.0", revision: str = RELEASE, *, automated: bool = True) -> Objects:
    """All of a cluster in which the artifact of `tag` is live, as the release `revision` has it."""
    return {
        "applications": [application(tag, revision, automated=automated)],
        "rollouts": [rollout(tag)],
        "deployments": [],
        "replicasets": [replica_set()],
        "pods": [pod("service-1", tag), pod("service-2", tag)],
        "analysisruns": [analysis_run()],
    }


def deployed_by_deployment(tag: str = "1.1.0", revision: str = RELEASE) -> Objects:
    """The same with a Deployment instead of the Rollout."""
    objects = live(tag, revision)
    objects["applications"][0]["status"]["resources"] = [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": NAMESPACE, "name": "service"}
    ]
    objects["rollouts"], objects["analysisruns"] = [], []
    annotations = {"deployment.kubernetes.io/revision": "3"}
    objects["deployments"] = [
        {
            "kind": "Deployment",
            "metadata": {
                "namespace": NAMESPACE, "name": "service", "uid": "u-rollout", "generation": 7,
                "annotations": annotations,
            },
            "spec": {"replicas": 2, "template": rollout(tag)["spec"]["template"]},
            "status": {
                "observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
                "conditions": [{"type": "Progressing", "status": "True", "lastTransitionTime": "2026-03-01T12:00:06Z"}],
            },
        }
    ]  # fmt: skip
    objects["replicasets"][0]["metadata"] |= {"annotations": annotations, "labels": {"pod-template-hash": "x"}}
    return objects


def put(objects: Objects, path: str, value: object) -> Objects:
    """Return a copy of `objects` with `value` at `path`: `pods.0.status.phase`. DELETED takes what is there away."""
    changed: Objects = json.loads(json.dumps(objects))
    *way, last = path.split(".")
    place: Any = changed
    for key in way:
        place = place[int(key) if isinstance(place, list) else key]
    at: Any = int(last) if isinstance(place, list) else last
    if value is DELETED:
        del place[at]
    elif isinstance(place, list) and at == len(place):
        place.append(value)
    else:
        place[at] = value
    return changed


DELETED: Final = object()
