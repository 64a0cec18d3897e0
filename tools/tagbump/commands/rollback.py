"""tagbump rollback ENV [--to COMMIT] --reason TEXT."""

from datetime import timedelta

from tagbump.errors import UsageError
from tagbump.gather import Snapshot
from tagbump.landing import Landed, land
from tagbump.promotion import decisions
from tagbump.repo import Repo
from tagbump.state import Plan


def rollback(
    repo: Repo,
    environment: str,
    *,
    reason: str,
    to: str | None = None,
    approved_by: str | None = None,
    dry_run: bool = False,
    retry_for: timedelta = timedelta(seconds=60),
) -> Landed:
    """Give `environment` the artifact of an earlier release again.

    `to` is the commit of that release, or how its hash begins; None stands for the newest one with another digest
    that was not itself rolled back from. No rule binds it but that: it is for emergencies. Raises UsageError where
    there is no such release, RaceLost when `retry_for` is over.
    """

    left: list[object] = []  # what the environment had at the first look

    def plan_for(snapshot: Snapshot) -> Plan:
        left.append(snapshot.state.artifacts.get(environment))
        newest = snapshot.state.current_release(environment) if len(left) > 1 else None
        if to is None and newest and newest.artifact and newest.kind == "rollback" and newest.before == left[0]:
            # Somebody else rolled back from the same artifact meanwhile: once is what was asked for.
            return Plan(environment, newest.artifact, newest.artifact)
        release = None if to is None else _release(snapshot, environment, to)
        return decisions.roll_back(snapshot.state, environment, release, reason=reason, approved_by=approved_by)

    return land(repo, plan_for, dry_run=dry_run, retry_for=retry_for, deep=True)


def _release(snapshot: Snapshot, environment: str, to: str) -> str:
    snapshot.state.policy.environment(environment)
    found = {r.commit for r in snapshot.state.releases_of(environment) if len(to) >= 7 and r.commit.startswith(to)}
    if len(found) != 1:
        raise UsageError(
            f"--to {to!r} is {'more than one' if found else 'no'} release of {environment}",
            hint=f"tagbump history {environment}",
        )
    return found.pop()
