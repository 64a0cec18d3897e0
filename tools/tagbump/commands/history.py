"""tagbump history ENV."""

from datetime import UTC, datetime

from tagbump.gather import gather
from tagbump.model import Release
from tagbump.names import DOES_NOT_COUNT
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.times import column, rfc3339
from tagbump.values import Value


class History(Value, Report):
    """The releases of one environment, newest first."""

    environment: str
    releases: tuple[Release, ...]

    def as_json(self) -> dict[str, object]:
        return {"environment": self.environment, "releases": [_entry(release) for release in self.releases]}

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        if not self.releases:
            return [f"{self.environment} has no release yet"]
        return [_line(release) for release in self.releases]


def history(repo: Repo, environment: str) -> History:
    """Return the releases of `environment`. Raises UsageError where there is no such environment."""
    state = gather(repo, datetime.now(UTC)).state
    state.policy.environment(environment)
    return History(environment, tuple(release for release in state.releases if release.environment == environment))


def _entry(release: Release) -> dict[str, object]:
    return {
        "commit": release.commit,
        "artifact": None if release.artifact is None else str(release.artifact),
        "released_at": rfc3339(release.released_at),
        "by": release.by,
        "approved_by": release.approved_by,
        "kind": release.kind,
        "reason": release.reason,
    }


def _line(release: Release) -> str:
    tag = release.artifact.tag if release.artifact else "nothing"
    said = [f"by {release.by}"]
    if release.approved_by:
        said.append(f"approved by {release.approved_by}")
    said += [f"override {rule}" for rule in release.overrides]
    if release.reason:
        said.append(release.reason)
    if not release.counts:
        said.append(DOES_NOT_COUNT)
    return f"{column(release.released_at)}  {release.commit[:12]}  {release.kind:<8}  {tag}  {'; '.join(said)}"
