"""Why a release has failed, where it has. Pure.

Only what happened after an operation with this release began is judged: what was Degraded or aborted before is the
fault of another release. Where a moment is not told, nothing is blamed on this one.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from tagbump.cluster import versions
from tagbump.cluster.model import Application, Container, Pod, Seen, Wanted, Workload

# A container is past trying on its own: it has been started and has ended again, or there is nothing to start.
_HOPELESS: Final = frozenset({"CrashLoopBackOff", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
# These mend themselves where only the order was wrong, as when a Secret comes a moment after the pod.
_STUCK: Final = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"})
# What a pull ends with where the registry is out of reach: Go's words for the network, and a server's for itself.
_AWAY: Final = re.compile(r"\b(dial|read) tcp\b|\bEOF$|\btimeout\b|\b(429|50[0234]) [A-Z]")
AWAY_PATIENCE: Final = timedelta(minutes=3)  # by feel: kubelets try again after 10, 20, 40 and 80 seconds
# By feel. An autoscaler counts as degraded until its first metrics are there, which takes up to a minute.
PATIENCE: Final = timedelta(seconds=90)


def of_failure(wanted: Wanted, seen: Seen, now: datetime) -> str | None:
    """Return why this release has failed; None where it has not, or not yet."""
    application = seen.application
    began = began_at(wanted, application) if application else None
    if application is None or began is None:
        return None
    ways: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _of_workloads(wanted, seen, began, now),
        lambda: _of_pods(wanted, seen, application, began, now),
        lambda: _of_operation(wanted, application),
        lambda: _of_health(wanted, seen, application, began, now),
        lambda: _of_nothing(wanted, seen, application),
    )
    return next((cause for way in ways for cause in way()), None)


def began_at(wanted: Wanted, application: Application) -> datetime | None:
    """Return when the first operation with this release began; None where none has."""
    operation = application.operation
    syncs = [(past.revisions, past.started_at) for past in application.history]
    if operation:
        syncs.append((operation.revisions, operation.started_at))
    moments = [at for revisions, at in syncs if at is not None and wanted.has_release(application, revisions)]
    return min(moments, default=None)


def _of_operation(wanted: Wanted, application: Application) -> Iterator[str]:
    operation = application.operation
    if operation is None or application.requested or operation.phase not in ("Failed", "Error"):
        return
    if wanted.has_release(application, operation.revisions):
        said = "; ".join(filter(None, [operation.message, *operation.failures[:3]]))
        yield f"the sync of {application.name} ended as {operation.phase}: {said or 'it does not say why'}"


def _of_workloads(wanted: Wanted, seen: Seen, began: datetime, now: datetime) -> Iterator[str]:
    for workload in _ours(wanted, seen):
        trouble = workload.trouble
        if trouble is None or trouble.since is None or trouble.since < began:
            continue
        if not trouble.may_mend or now - trouble.since >= PATIENCE:
            yield "; ".join([f"{workload.resource}: {trouble.words}", *_findings(workload, seen, began)])


def _findings(workload: Workload, seen: Seen, began: datetime) -> Iterator[str]:
    """Tell what the analyses of the version that failed found, and what its pods said last."""
    for run in seen.analysis_runs:
        of_it = run.owner == workload.uid and run.version == workload.current
        if of_it and run.phase in ("Failed", "Error", "Inconclusive") and run.created_at and run.created_at >= began:
            yield f"AnalysisRun {run.name}: {'; '.join(run.findings) or run.message or run.phase}"


def _of_pods(wanted: Wanted, seen: Seen, application: Application, began: datetime, now: datetime) -> Iterator[str]:
    made = {workload.uid for workload in _ours(wanted, seen)}
    sets = {replica_set.uid for replica_set in seen.replica_sets if replica_set.owner in made}
    operation = application.operation
    jobs = operation.jobs if operation and wanted.has_release(application, operation.revisions) else frozenset()
    for pod in seen.pods:
        if pod.leaving or pod.over or pod.created_at is None or pod.created_at < began:
            continue
        if (pod.owner in sets or (pod.namespace, pod.job) in jobs) and versions.runs(wanted, pod):
            yield from _of_containers(wanted, pod, now - pod.created_at)


def _of_containers(wanted: Wanted, pod: Pod, age: timedelta) -> Iterator[str]:
    for container in pod.containers:
        patience = _patience(*container.waiting)
        ours = versions.digest(container.image) == wanted.artifact.digest
        if ours and patience is not None and age >= patience:
            yield f"pod {pod.name}, container {container.name}: {_told(container)}"


def _patience(reason: str, message: str) -> timedelta | None:
    """Return how old a pod may be that waits for `reason`; None where it may become as old as it likes."""
    if reason == "ImagePullBackOff" and _AWAY.search(message):
        return AWAY_PATIENCE
    if reason in _HOPELESS:
        return timedelta()
    return PATIENCE if reason in _STUCK else None


def _told(container: Container) -> str:
    waiting = ": ".join(filter(None, container.waiting))
    last = ", ".join(filter(None, container.last))
    return f"{waiting}; it ended last with {last}" if last else waiting


def _of_health(wanted: Wanted, seen: Seen, application: Application, began: datetime, now: datetime) -> Iterator[str]:
    """Blame this release for a degraded Application, once it is all deployed and has had a moment to settle."""
    operation, since = application.operation, application.health_since
    over = operation is not None and not application.requested and operation.phase == "Succeeded"
    if application.health != "Degraded" or not over or since is None or since < began or now - since < PATIENCE:
        return
    reached = not seen.workloads or any(True for _ in _ours(wanted, seen))
    explained = any(workload.trouble for workload in seen.workloads)  # and judged by itself
    if reached and not explained:
        yield f"{application.name} is Degraded{': ' if application.health_message else ''}{application.health_message}"


def _of_nothing(wanted: Wanted, seen: Seen, application: Application) -> Iterator[str]:
    """Say that waiting is of no use where all is deployed, and none of it can be looked at."""
    deployed = wanted.has_release(application, application.revisions) and application.sync == "Synced"
    if deployed and application.compared and not application.workloads and not seen.workloads and not wanted.vouched:
        yield (
            f"{application.name} deploys neither a Rollout nor a Deployment, so that no pod can be looked at:"
            " the service itself has to be asked, by --url or by the `url` of the environment"
        )


def _ours(wanted: Wanted, seen: Seen) -> Iterator[Workload]:
    """Give the workloads that this release has reached: their latest template names the artifact, and was seen."""
    return (w for w in seen.workloads if w.observed and versions.uses(wanted, w))
