"""tagbump diff A B."""

import difflib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tagbump import changes, plain
from tagbump.changes import LONGEST_AUTHOR, LONGEST_SUBJECT, Change
from tagbump.gather import Snapshot, gather
from tagbump.kustomize import pins, render
from tagbump.kustomize.worktree import materialise
from tagbump.model import Artifact
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.values import Value


class Difference(Value, Report):
    """What promoting would change in `target`: the artifact, the source commits, the rendered manifests.

    `commits` is None where the source history can't be had; `manifests` is a unified diff, empty where nothing changes.
    """

    source: str
    target: str
    artifact: Artifact | None
    replaced: Artifact | None
    commits: tuple[Change, ...] | None
    manifests: str

    def as_json(self) -> dict[str, object]:
        return {
            "from": self.source,
            "to": self.target,
            "artifacts": {
                self.source: None if self.artifact is None else str(self.artifact),
                self.target: None if self.replaced is None else str(self.replaced),
            },
            "commits": None if self.commits is None else [_entry(change) for change in self.commits],
            "manifests": self.manifests,
        }

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        lines = [
            f"{self.source}: {self.artifact or 'nothing'}",
            f"{self.target}: {self.replaced or 'nothing'}",
            "",
        ]
        if self.commits is None:
            lines.append("source commits: not known")
        else:
            counted = f" ({changes.counted(self.commits)})" if self.commits else ""
            lines += [f"source commits: {len(self.commits)}{counted}", *_listed(self.commits)]
        return [*lines, "", *(self.manifests.splitlines() or [f"the manifests of {self.target} stay as they are"])]


def diff(repo: Repo, source: str, target: str) -> Difference:
    """Say what giving `target` the artifact of `source` would change. Nothing is written."""
    snapshot = gather(repo, datetime.now(UTC))
    state = snapshot.state
    for name in (source, target):
        state.policy.environment(name)
    artifact, replaced = state.artifacts[source], state.artifacts[target]
    if artifact is None:
        raise state.missing(source)
    old, new = state.source_of(replaced), state.source_of(artifact)
    with repo.sources(state) as sources:
        between = sources.history.between(old, new) if old and new else None
    return Difference(
        source,
        target,
        artifact,
        replaced,
        None if between is None else changes.read(between, state.releases),
        _manifests(repo, snapshot, target, artifact),
    )


def _entry(change: Change) -> dict[str, object]:
    commit = change.commit
    said: dict[str, object] = {"commit": commit.hash, "subject": commit.subject, "author": commit.author}
    return {**said, "type": change.type, "breaking": change.breaking}


def _listed(promoted: tuple[Change, ...]) -> Iterator[str]:
    for group in changes.grouped(promoted):
        yield f"  {group.name}"
        for commit in (change.commit for change in group.changes):
            subject, author = plain.cut(commit.subject, LONGEST_SUBJECT), plain.cut(commit.author, LONGEST_AUTHOR)
            yield f"    {commit.hash[:12]}  {subject}  ({author})"


def _manifests(repo: Repo, snapshot: Snapshot, target: str, artifact: Artifact) -> str:
    environment = snapshot.state.policy.environment(target)
    overlay = snapshot.files[target]
    with tempfile.TemporaryDirectory(prefix="tagbump-") as scratch:
        root = Path(scratch)
        materialise(repo.remote, snapshot.state.head, environment.overlay, root)
        before = render.render(root, environment.overlay)
        changed = pins.rewrite(overlay.text, environment.image, artifact, overlay.path)
        (root / overlay.path).write_bytes(changed)
        after = render.render(root, environment.overlay)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"{target} now", f"{target} then"
    )
    return "".join(lines)
