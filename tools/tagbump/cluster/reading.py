"""Reads what an API server answers into values, trusting none of it to be whole."""

from collections.abc import Iterator
from typing import Final, get_args

from tagbump.cluster import raw
from tagbump.cluster.model import (
    AnalysisRun,
    Application,
    Container,
    Kind,
    Operation,
    Pod,
    ReplicaSet,
    Resource,
    Sync,
)
from tagbump.cluster.raw import Raw

_HASH: Final = "rollouts-pod-template-hash"
_REVISION: Final = "deployment.kubernetes.io/revision"
_LEAVING: Final = "scale-down-deadline"
_GROUPS: Final = {"Rollout": "argoproj.io", "Deployment": "apps"}
# Columns: Kubernetes keeps 2 KiB of a log, in whose last lines a server only says that a worker did not start.
_LAST_WORDS: Final = 1500
# What a comparison was about: where one of these differs from the specification, it was about an earlier one.
_COMPARED: Final = ("repoURL", "path", "targetRevision", "chart")


def application(found: Raw) -> Application:
    """Read an Application of Argo CD."""
    sources = _sources(found, "spec")
    automated = raw.at(found, "spec", "syncPolicy", "automated")
    status = raw.at(found, "status")
    return Application(
        name=f"{raw.text(found, 'metadata', 'namespace')}/{raw.text(found, 'metadata', 'name')}",
        destination=raw.text(found, "spec", "destination", "server") or raw.text(found, "spec", "destination", "name"),
        paths=tuple(_folder(source) for source in sources),
        automated=isinstance(automated, dict) and automated.get("enabled") is not False,
        requested=bool(raw.at(found, "operation")),
        deleting=bool(raw.at(found, "metadata", "deletionTimestamp")),
        compared=_compared(found),
        sync=raw.words(status, "sync", "status"),
        revisions=_revisions(raw.at(status, "sync")),
        health=raw.words(status, "health", "status"),
        health_message=raw.words(status, "health", "message"),
        health_since=raw.moment(status, "health", "lastTransitionTime"),
        reconciled_at=raw.moment(status, "reconciledAt"),
        operation=_operation(raw.at(status, "operationState")),
        history=tuple(
            Sync(_revisions(past), raw.moment(past, "deployStartedAt")) for past in raw.items(status, "history")
        ),
        conditions=tuple(
            f"{raw.words(condition, 'type')}: {raw.words(condition, 'message')}"
            for condition in raw.items(status, "conditions")
            if raw.text(condition, "type").endswith("Error")
        ),
        workloads=tuple(_workloads(found)),
    )


def _sources(found: Raw, *keys: str) -> list[Raw]:
    several = list(raw.items(found, *keys, "sources"))
    return several or [raw.at(found, *keys, "source") or {}]


def _folder(source: Raw) -> str:
    return "/".join(part for part in raw.text(source, "path").split("/") if part not in ("", "."))


def _compared(found: Raw) -> bool:
    def about(*keys: str) -> object:
        sources = [[raw.text(source, key) for key in _COMPARED] for source in _sources(found, *keys)]
        return sources, raw.text(found, *keys, "destination", "namespace")

    return about("spec") == about("status", "sync", "comparedTo")


def _revisions(found: object) -> tuple[str, ...]:
    return raw.texts(found, "revisions") or tuple(filter(None, [raw.text(found, "revision")]))


def _operation(state: object) -> Operation | None:
    if not state:
        return None
    results = list(raw.items(state, "syncResult", "resources"))
    failed = (
        result
        for result in results
        if raw.text(result, "hookPhase") in ("Failed", "Error") or raw.text(result, "status") == "SyncFailed"
    )
    jobs = (result for result in results if raw.text(result, "kind") == "Job")
    asked = raw.at(state, "operation", "sync")
    # A dry run deploys nothing: what it was of is nobody's release.
    revisions = () if raw.flag(asked, "dryRun") else _revisions(raw.at(state, "syncResult")) or _revisions(asked)
    return Operation(
        phase=raw.words(state, "phase"),
        message=raw.words(state, "message"),
        revisions=revisions,
        started_at=raw.moment(state, "startedAt"),
        finished_at=raw.moment(state, "finishedAt"),
        failures=tuple(
            f"{raw.words(result, 'kind')} {raw.words(result, 'name')}: {raw.words(result, 'message')}"
            for result in failed
        ),
        jobs=frozenset((raw.text(job, "namespace"), raw.text(job, "name")) for job in jobs),
    )


def _workloads(found: Raw) -> Iterator[Resource]:
    home = raw.text(found, "spec", "destination", "namespace")
    for resource in raw.items(found, "status", "resources"):
        kind, name = raw.text(resource, "kind"), raw.text(resource, "name")
        for known in get_args(Kind):
            if kind == known and raw.text(resource, "group") == _GROUPS[known] and name:
                yield Resource(known, raw.text(resource, "namespace") or home, name)


def replica_set(found: Raw) -> ReplicaSet:
    """Read a ReplicaSet, of a Rollout or of a Deployment."""
    notes = raw.at(found, "metadata", "annotations")
    return ReplicaSet(
        uid=raw.text(found, "metadata", "uid"),
        owner=raw.text(_owner(found), "uid"),
        version=raw.text(found, "metadata", "labels", _HASH) or raw.text(notes, _REVISION),
        leaving=bool(raw.text(notes, _LEAVING)),
    )


def analysis_run(found: Raw) -> AnalysisRun:
    """Read an AnalysisRun of Argo Rollouts."""
    return AnalysisRun(
        name=raw.words(found, "metadata", "name"),
        owner=raw.text(_owner(found), "uid"),
        version=raw.text(found, "metadata", "labels", _HASH),
        phase=raw.words(found, "status", "phase"),
        created_at=raw.moment(found, "metadata", "creationTimestamp"),
        message=raw.words(found, "status", "message"),
        findings=tuple(
            _finding(result)
            for result in raw.items(found, "status", "metricResults")
            if raw.text(result, "phase") in ("Failed", "Error", "Inconclusive") and not raw.flag(result, "dryRun")
        ),
    )


def _finding(result: Raw) -> str:
    measured = list(raw.items(result, "measurements"))
    last = measured[-1] if measured else {}
    said = raw.words(result, "message") or raw.words(last, "message")
    value = raw.words(last, "value")
    return (
        f"metric {raw.words(result, 'name')}: {raw.words(result, 'phase')}"
        f"{f', {said}' if said else ''}{f', last measured {value}' if value else ''}"
    )


def pod(found: Raw) -> Pod:
    """Read a pod."""
    owner = _owner(found)
    conditions = {raw.text(condition, "type"): condition for condition in raw.items(found, "status", "conditions")}
    unscheduled = raw.text(conditions.get("PodScheduled"), "status") == "False"
    return Pod(
        namespace=raw.text(found, "metadata", "namespace"),
        name=raw.words(found, "metadata", "name"),
        owner=raw.text(owner, "uid"),
        created_at=raw.moment(found, "metadata", "creationTimestamp"),
        containers=tuple(_containers(found)),
        job=raw.text(owner, "name") if raw.text(owner, "kind") == "Job" else "",
        ready=raw.text(conditions.get("Ready"), "status") == "True",
        leaving=bool(raw.at(found, "metadata", "deletionTimestamp")),
        over=raw.text(found, "status", "phase") in ("Succeeded", "Failed"),
        scheduling=raw.words(conditions.get("PodScheduled"), "message") if unscheduled else "",
    )


def _containers(found: Raw) -> Iterator[Container]:
    for listed, states, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        statuses = {raw.text(status, "name"): status for status in raw.items(found, "status", states)}
        for container in raw.items(found, "spec", listed):
            status = statuses.get(raw.text(container, "name"))
            waiting = raw.at(status, "state", "waiting")
            ended = raw.at(status, "state", "terminated") or raw.at(status, "lastState", "terminated")
            yield Container(
                name=raw.words(container, "name"),
                image=raw.text(container, "image"),
                init=init,
                running=raw.at(status, "state", "running") is not None,
                image_id=raw.text(status, "imageID"),
                waiting=(raw.words(waiting, "reason"), raw.words(waiting, "message")),
                last=(raw.words(ended, "reason"), _ending(ended)),
            )


def _ending(ended: object) -> str:
    code, said = raw.number(ended, "exitCode"), raw.words(ended, "message", columns=_LAST_WORDS)
    return ": ".join(filter(None, ["" if code is None else f"exit code {code}", said]))


def _owner(found: Raw) -> Raw:
    """Return the reference to what made an object; empty where nothing did."""
    owners = list(raw.items(found, "metadata", "ownerReferences"))
    return next((owner for owner in owners if raw.flag(owner, "controller")), {})
