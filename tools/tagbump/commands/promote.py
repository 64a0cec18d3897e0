"""tagbump promote ENV [--artifact ARTIFACT] [--approved-by WHO]."""

from collections.abc import Collection
from datetime import timedelta

from tagbump.gather import Snapshot
from tagbump.landing import Landed, land
from tagbump.model import Artifact
from tagbump.names import Rule
from tagbump.repo import Repo
from tagbump.ruling import agreed, ruled
from tagbump.state import Plan, Promotion


def promote(
    repo: Repo,
    environment: str,
    *,
    artifact: Artifact | None = None,
    approved_by: str | None = None,
    reason: str | None = None,
    overrides: Collection[Rule] = (),
    registry_check: bool = False,
    dry_run: bool = False,
    retry_for: timedelta,
) -> Landed:
    """Give `environment` an artifact that was proven in the environment it takes its artifacts from, verbatim.

    `artifact` is what was approved, even if `from` has moved on since; None stands for what `from` holds now. Raises
    Refused when a rule says no, CheckFailed when with `registry_check` the registry does, RaceLost when `retry_for` is
    over.
    """

    def plan_for(snapshot: Snapshot) -> Plan:
        request = Promotion(
            environment=environment,
            artifact=artifact,
            approved_by=approved_by,
            reason=reason,
            overrides=frozenset(overrides),
            by=repo.caller.names(),
        )
        return ruled(repo, snapshot, request)

    checked = agreed(plan_for) if registry_check else plan_for
    return land(repo, checked, dry_run=dry_run, retry_for=retry_for)
