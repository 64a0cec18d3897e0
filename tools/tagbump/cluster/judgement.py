"""Says whether what is wanted is live, what it waits for, or why it has failed. Pure: no clock, no network, no git.

Each check answers a trap: docs/reference/tagbump.md names them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tagbump import plain
from tagbump.cluster import causes, versions
from tagbump.cluster.model import Application, Seen, Verdict, Wanted, Workload
from tagbump.model import Check
from tagbump.times import rfc3339

CHECKS: Final = (
    "application",
    "revision",
    "overlay",
    "synced",
    "reconciled",
    "healthy",
    "rollout",
    "analysis",
    "pods",
)

_LONGEST: Final = 2000  # columns of a detail: names and messages in it are foreign

# What is waited for, and what to say of it. Those that begin with `needs-` wait for a person.
STATES: Final = {
    "no-application": "waiting for the Application to be there",
    "refreshing": "waiting for Argo CD to look at the release",
    "needs-sync": "waiting for a person to sync",
    "syncing": "waiting for Argo CD to sync",
    "needs-retry": "waiting for a person: it was aborted or degraded before this release, and stands still",
    "needs-resume": "waiting for a person to resume the rollout",
    "analysing": "waiting for an analysis",
    "rolling-out": "waiting for the rollout",
    "unhealthy": "waiting for the Application to be healthy",
}


def judge(wanted: Wanted, seen: Seen, now: datetime) -> Verdict:
    """Judge all that is `seen`. `now` is aware UTC: some troubles are given a moment to mend themselves."""
    application = seen.application
    if application is None:
        return _nothing("there is no such Application", "no-application")
    if application.deleting:
        return _nothing("the Application is being deleted", "no-application")
    checks = tuple(
        Check(name, ok, plain.cut(detail, _LONGEST))
        for name, (ok, detail) in zip(
            CHECKS,
            (
                (True, f"{application.name} is there"),
                _revision(wanted, application),
                _overlay(wanted, application),
                _synced(application),
                _reconciled(application),
                _healthy(application),
                _rollout(wanted, seen),
                _analysis(seen),
                versions.pods(wanted, seen),
            ),
            strict=True,
        )
    )
    cause = causes.of_failure(wanted, seen, now)
    if cause is not None:
        cause = plain.cut(cause, _LONGEST)
    return Verdict(checks, _state(wanted, application, seen, {check.name: check.ok for check in checks}), cause)


def _nothing(said: str, state: str) -> Verdict:
    first, *others = CHECKS
    return Verdict((Check(first, False, said), *(Check(name, False, "not judged") for name in others)), state)


def _revision(wanted: Wanted, application: Application) -> tuple[bool, str]:
    name, revision = wanted.of(application, application.revisions)
    if not name:
        return False, "Argo CD has compared nothing yet"
    if revision.contains is None:
        return False, f"Argo CD has {name[:12]}, which is not to be had from this repository"
    if not revision.contains:
        return False, f"Argo CD has {name[:12]}, which does not contain the release {wanted.release[:12]}"
    return True, f"Argo CD has {name[:12]}, which contains the release {wanted.release[:12]}"


def _overlay(wanted: Wanted, application: Application) -> tuple[bool, str]:
    name, revision = wanted.of(application, application.revisions)
    if revision.artifact != wanted.artifact:
        return False, f"{wanted.overlay} at {name[:12] or 'no revision'} names {revision.artifact or 'no artifact'}"
    return True, f"{wanted.overlay} at {name[:12]} names the artifact"


def _synced(application: Application) -> tuple[bool, str]:
    if not application.compared:
        return False, "the status is about an earlier specification of the Application"
    said = "; ".join((application.sync or "not compared yet", *application.conditions))
    return application.sync == "Synced", said


def _reconciled(application: Application) -> tuple[bool, str]:
    operation, reconciled = application.operation, application.reconciled_at
    if application.requested:
        return False, "a sync was asked for, and has not begun"
    if reconciled is None:
        return False, "never reconciled"
    if operation is None:
        return True, f"reconciled {rfc3339(reconciled)}; nothing was ever synced"
    if operation.under_way or operation.finished_at is None:
        return (
            False,
            f"the sync is {operation.phase or 'not over'}{': ' if operation.message else ''}{operation.message}",
        )
    if reconciled < operation.finished_at:
        return False, f"reconciled {rfc3339(reconciled)}, before the sync ended at {rfc3339(operation.finished_at)}"
    return True, f"reconciled {rfc3339(reconciled)}, after the sync that ended at {rfc3339(operation.finished_at)}"


def _healthy(application: Application) -> tuple[bool, str]:
    words = ": ".join(filter(None, [application.health or "no health yet", application.health_message]))
    return application.health == "Healthy", words


def _rollout(wanted: Wanted, seen: Seen) -> tuple[bool, str]:
    told = list(_unfinished(wanted, seen))
    if told:
        return False, "; ".join(told)
    if not seen.workloads:
        return wanted.vouched, "the Application deploys neither a Rollout nor a Deployment"
    return True, "; ".join(f"{workload.resource}: {workload.progress}" for workload in seen.workloads)


def _unfinished(wanted: Wanted, seen: Seen) -> Iterator[str]:
    """Say of each workload that is not there, not finished, or of another artifact, what it lacks."""
    there = {workload.resource: workload for workload in seen.workloads}
    for resource in seen.application.workloads if seen.application else ():
        if resource not in there:
            yield f"{resource}: not there"
    for workload in seen.workloads:
        if lack := _lack(workload):
            yield f"{workload.resource}: {lack}"
    if seen.workloads and not any(versions.uses(wanted, workload) for workload in seen.workloads):
        yield f"none is to run the artifact: {versions.told(seen.workloads)}"


def _lack(workload: Workload) -> str:
    if not workload.observed:
        return "its controller has not seen the latest specification"
    if workload.trouble:
        return workload.trouble.words
    if workload.pause:
        return workload.pause.words
    return "" if workload.finished else workload.progress


def _analysis(seen: Seen) -> tuple[bool, str]:
    owners = {workload.uid for workload in seen.workloads}
    running = [run for run in seen.analysis_runs if run.open and run.owner in owners]
    if running:
        return False, "; ".join(f"{run.name}: {run.phase or 'not begun'}" for run in running)
    return True, "none is running"


def _state(wanted: Wanted, application: Application, seen: Seen, ok: dict[str, bool]) -> str:
    """Name what is waited for: a person first, and then whatever comes next on the way."""
    operation = application.operation
    ours = [workload for workload in seen.workloads if workload.observed and versions.uses(wanted, workload)]
    out_of_sync = application.compared and application.sync == "OutOfSync"
    ways = (
        ("needs-retry", any(workload.trouble and not workload.trouble.may_mend for workload in ours)),
        ("needs-resume", any(workload.pause and workload.pause.person for workload in ours)),
        ("syncing", application.requested or (operation is not None and operation.under_way)),
        ("refreshing", not ok["revision"] or not ok["overlay"] or not ok["reconciled"]),
        ("syncing" if application.automated else "needs-sync", out_of_sync),
        ("refreshing", not ok["synced"]),
        ("analysing", not ok["analysis"]),
        ("rolling-out", not ok["rollout"] or not ok["pods"]),
        ("unhealthy", not ok["healthy"]),
    )
    return next((state for state, holds in ways if holds), "live")
