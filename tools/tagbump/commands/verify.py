"""tagbump verify [ENV...]."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tagbump.errors import CheckFailed
from tagbump.gather import gather
from tagbump.kustomize import render
from tagbump.kustomize.worktree import materialise
from tagbump.model import Check
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.values import Value, replace


class Verified(Value, Report):
    """What was looked at in the overlays of `environments`, each check named ENVIRONMENT/CHECK."""

    environments: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def failure(self) -> CheckFailed | None:
        """The error that failed checks amount to; None where all is well."""
        failed = [check.name for check in self.checks if not check.ok]
        if not failed:
            return None
        return CheckFailed(f"failed: {', '.join(failed)}", hint="the lines that begin with FAIL name the places")

    def as_json(self) -> dict[str, object]:
        checks = [check.as_json() for check in self.checks]
        return {"environments": list(self.environments), "ok": self.failure is None, "checks": checks}

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        return [f"{'ok  ' if check.ok else 'FAIL'}  {check.name}  {check.detail}".rstrip() for check in self.checks]


def verify(repo: Repo, environments: Sequence[str] = ()) -> Verified:
    """Render each overlay with the real kustomize and check it; all of them where `environments` is empty."""
    snapshot = gather(repo, datetime.now(UTC))
    policy = snapshot.state.policy
    chosen = [policy.environment(name) for name in environments] or list(policy.environments)
    checks: list[Check] = []
    for environment in chosen:
        with tempfile.TemporaryDirectory(prefix="tagbump-") as scratch:
            root = Path(scratch)
            materialise(repo.remote, snapshot.state.head, environment.overlay, root)
            found = render.check(root, environment.overlay, environment.image)
        checks += [replace(check, name=f"{environment.name}/{check.name}") for check in found]
    return Verified(tuple(environment.name for environment in chosen), tuple(checks))
