"""tagbump bump ENV ARTIFACT --source COMMIT."""

from collections.abc import Collection
from datetime import timedelta

from tagbump.errors import UsageError
from tagbump.gather import Snapshot
from tagbump.landing import Landed, land
from tagbump.model import Artifact
from tagbump.names import Rule
from tagbump.repo import Repo
from tagbump.ruling import agreed, ruled
from tagbump.state import Bump, Plan


def bump(
    repo: Repo,
    environment: str,
    artifact: Artifact,
    source: str,
    *,
    reason: str | None = None,
    overrides: Collection[Rule] = (),
    registry_check: bool = False,
    dry_run: bool = False,
    retry_for: timedelta,
) -> Landed:
    """Give `environment`, which has no `from`, the `artifact` that was built from the commit `source`.

    `source` is 7 to 40 hex digits. Raises Refused when a rule says no, CheckFailed when with `registry_check` the
    registry does, RaceLost when `retry_for` is over.
    """

    def plan_for(snapshot: Snapshot) -> Plan:
        snapshot.state.policy.environment(environment)  # a misspelt one is no reason to judge the source
        request = Bump(
            environment=environment,
            artifact=artifact,
            source=_whole(repo, snapshot, source),
            reason=reason,
            overrides=frozenset(overrides),
            by=repo.caller.names(),
        )
        return ruled(repo, snapshot, request)

    checked = agreed(plan_for) if registry_check else plan_for
    return land(repo, checked, dry_run=dry_run, retry_for=retry_for)


def _whole(repo: Repo, snapshot: Snapshot, source: str) -> str:
    if len(source) >= 40:
        return source
    with repo.sources(snapshot.state) as sources:
        whole = sources.history.resolve(source)
    if whole is None:
        raise UsageError(f"--source {source}: no commit, or more than one, begins so", hint="give all 40 digits")
    return whole
