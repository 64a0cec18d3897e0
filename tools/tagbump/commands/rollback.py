"""tagbump rollback ENV [--to COMMIT] --reason TEXT."""

from datetime import timedelta

from tagbump.errors import UsageError
from tagbump.gather import Snapshot
from tagbump.landing import Landed, land
from tagbump.model import Artifact
from tagbump.promotion import decisions
from tagbump.repo import Repo
from tagbump.state import Plan


def rollback(
    repo: Repo,
    environment: str,
    *,
    reason: str,
    to: str | None = None,
    held: Artifact | None = None,
    proven: bool = False,
    approved_by: str | None = None,
    dry_run: bool = False,
    retry_for: timedelta,
) -> Landed:
    """Give `environment` the artifact of an earlier release again.

    `to` is the commit of that release, or how its hash begins; None stands for the newest one with another digest
    that was not itself rolled back from, and with `proven` was seen live there. Nothing happens where `held` is given
    and is not what the environment has: a pipeline that runs again rolls back once. No rule binds it: it is for
    emergencies. Raises UsageError where there is no such release, RaceLost when `retry_for` is over.
    """

    first_seen: list[Artifact | None] = []  # what the environment had at the first look

    def plan_for(snapshot: Snapshot) -> Plan:
        current = snapshot.state.artifacts.get(environment)
        newest = snapshot.state.current_release(environment) if current else None
        if not first_seen:
            first_seen.append(current)
        done = held is not None and current != held
        if to is None and newest is not None and newest.kind == "rollback":
            # By an earlier run that was killed before it could say so, or by somebody else while we were at it: once is
            # what was asked for.
            done = done or newest.commit == repo.remote.noted(environment) or newest.before == first_seen[0] != current
        if done and current is not None:
            return Plan(environment, current, current)
        release = None if to is None else _release(snapshot, environment, to)
        return decisions.roll_back(
            snapshot.state, environment, release, reason=reason, approved_by=approved_by, proven=proven
        )

    return land(repo, plan_for, dry_run=dry_run, retry_for=retry_for, deep=True, noted=True)


def _release(snapshot: Snapshot, environment: str, to: str) -> str:
    snapshot.state.policy.environment(environment)
    found = {r.commit for r in snapshot.state.releases_of(environment) if len(to) >= 7 and r.commit.startswith(to)}
    if len(found) != 1:
        raise UsageError(
            f"--to {to!r} is {'more than one' if found else 'no'} release of {environment}",
            hint=f"tagbump history {environment}",
        )
    return found.pop()
