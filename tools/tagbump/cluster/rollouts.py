"""Where what an environment deploys stands right now, in one word and in words, as the board shows it. Pure.

It is what Argo CD and the workloads say of themselves, at a glance: only `wait` finds out that a release is live.
"""

from collections.abc import Iterator
from typing import Final

from tagbump import plain
from tagbump.cluster import judgement, versions
from tagbump.cluster.model import Application, Rollout, Seen, Workload
from tagbump.model import Artifact

_LONGEST: Final = 300  # columns of a detail: names and messages in it are foreign

# Each state, and what to say of it. Those that `wait` has too mean the same there; `needs-` takes a person.
STATES: Final = {
    "unknown": "unknown",
    "no-application": "no such Application",
    "failed": "failed",
    **{
        state: judgement.STATES[state]
        for state in ("needs-resume", "syncing", "needs-sync", "refreshing", "rolling-out", "unhealthy")
    },
    "healthy": "",
}


def rollout(name: str, seen: Seen | str, artifact: Artifact | None) -> Rollout:
    """Say where the Application `name` stands, by what was `seen`; a text says why nothing was.

    `artifact` is what its environment holds, None where that is nothing yet.
    """
    if isinstance(seen, str):
        return Rollout("unknown", plain.cut(seen, _LONGEST))
    application = seen.application
    if application is None or application.deleting:
        return Rollout("no-application", f"{name} is {'being deleted' if application else 'not there'}")
    strange = _strange(application, seen, artifact)
    told = "; ".join(filter(None, [_of_itself(application), *_of_workloads(seen), *strange]))
    return Rollout(_state(application, seen, strange=bool(strange)), plain.cut(told, _LONGEST))


def under_way(application: Application, seen: Seen) -> bool:
    """Say whether something is being rolled out: by what the Application says of itself, or any of its workloads.

    Pods that come and go are no rollout, though Argo CD has one word for both.
    """
    moving = any(not workload.scaling for workload in _moving(seen))
    scaling = any(workload.scaling for workload in seen.workloads)
    progressing = application.health == "Suspended" or (application.health == "Progressing" and not scaling)
    return _syncing(application) or moving or progressing


def _state(application: Application, seen: Seen, *, strange: bool) -> str:
    moving = list(_moving(seen))
    out_of_sync = application.compared and application.sync == "OutOfSync"
    ways = (
        ("failed", any(workload.trouble for workload in seen.workloads) or application.health == "Degraded"),
        ("needs-resume", any(workload.pause and workload.pause.person for workload in moving)),
        ("syncing", _syncing(application)),
        ("failed", application.sync != "Synced" and bool(_failed_sync(application))),
        ("syncing" if application.automated else "needs-sync", out_of_sync),
        ("refreshing", not application.compared or application.sync != "Synced" or strange),
        ("rolling-out", bool(moving or _absent(seen)) or application.health in ("Progressing", "Suspended")),
        ("unhealthy", application.health != "Healthy"),
    )
    return next((state for state, holds in ways if holds), "healthy")


def _moving(seen: Seen) -> Iterator[Workload]:
    return (workload for workload in seen.workloads if workload.trouble is None and not workload.finished)


def _syncing(application: Application) -> bool:
    return application.requested or bool(application.operation and application.operation.under_way)


def _failed_sync(application: Application) -> str:
    operation = application.operation
    if operation is None or operation.phase not in ("Failed", "Error"):
        return ""
    return f"the sync ended as {operation.phase}{': ' if operation.message else ''}{operation.message}"


def _absent(seen: Seen) -> list[str]:
    there = {workload.resource for workload in seen.workloads}
    named = seen.application.workloads if seen.application else ()
    return [f"{resource}: not there" for resource in named if resource not in there]


def _strange(application: Application, seen: Seen, artifact: Artifact | None) -> list[str]:
    """Say so where none of what is deployed names the artifact: Argo CD has not looked yet, or follows something else.

    Where the Application is out of sync that is what it says already.
    """
    if artifact is None or not seen.workloads or application.sync == "OutOfSync":
        return []
    pinned = {versions.digest(image) for workload in seen.workloads for image in workload.images}
    return [] if artifact.digest in pinned else [versions.told(seen.workloads)]


def _of_itself(application: Application) -> str:
    said = ", ".join((application.sync or "not compared yet", application.health or "no health yet"))
    failed = _failed_sync(application) if application.sync != "Synced" else ""
    return "; ".join(filter(None, [said, failed, *application.conditions]))


def _of_workloads(seen: Seen) -> Iterator[str]:
    moving = list(_moving(seen))
    for workload in seen.workloads:
        if workload.trouble:
            yield f"{workload.resource.name}: {workload.trouble.words}"
        elif workload in moving:
            yield f"{workload.resource.name}: {workload.pause.words if workload.pause else workload.progress}"
    yield from _absent(seen)
    if not seen.workloads and seen.application and seen.application.health_message:
        yield seen.application.health_message
