"""What happens to a branch without tagbump: proofs that are forged, and overlays that are written by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from tagbump.model import Artifact
from tagbump.repository import commits
from tests.tagbump.machine.branch import HALF, overlay
from tests.tagbump.machine.cast import ARTIFACTS, BUILT_FROM, PLACEHOLDER, Caller
from tests.tagbump.machine.demands import FROM
from tests.tagbump.machine.ledger import Entry, Tag, made, tag_name
from tests.tagbump.machine.play import Play

Words = Literal["none", "of a release", "of a rollback", "of another artifact"]
Lie = Literal[
    "nobody saw it", "another environment", "another artifact", "another release", "on another commit",
    "of another release", "of the first release", "dated back", "dated back a little", "dated back too far",
    "dated ahead", "no words",
]  # fmt: skip


def forge(play: Play, name: str, artifact: Artifact, lie: Lie, by: Caller) -> None:
    """Push a proof that nobody who saw anything has written."""
    play.step("forged proof")
    releases = play.ledger.released[name].get(artifact, {})
    commit = play.ledger.newest(name, artifact) or play.branch.head
    released_at = releases.get(commit, play.now)
    first = next(iter(releases), commit)
    others = [entry for entry in play.ledger.entries if entry.environment != name]
    other = max(others, key=lambda entry: entry.after == artifact).commit if others else play.branch.begun
    tag = Tag(name, str(artifact), commit, commit, released_at, by.key)
    lies = {
        "another environment": replace(tag, environment=FROM[name] or "prod"),
        "another artifact": replace(tag, artifact=str(_hotfix(artifact))),
        "another release": replace(tag, release=other),
        "on another commit": replace(tag, target=other),
        "of another release": replace(tag, release=other, target=other),
        "of the first release": replace(tag, release=first, target=first, at=play.now),
        "dated back": replace(tag, at=released_at - timedelta(days=2)),
        "dated back a little": replace(tag, at=released_at - timedelta(minutes=5)),
        "dated back too far": replace(tag, at=released_at - timedelta(minutes=5, seconds=1)),
        "dated ahead": replace(tag, at=play.now + timedelta(minutes=20)),
    }
    play.tally["forged", lie] += 1
    play.tag(tag_name(name, artifact), None if lie == "no words" else lies.get(lie, tag))
    play.proof(name, artifact)


@dataclass(frozen=True)
class Edit:
    """Overlays that somebody writes by hand, and what the commit says of it.

    `pinned` is the name of an artifact, or "placeholder", "half" or "nothing". `lifted` are the rules that the commit
    says were lifted. One that is `merged` is made beside the branch, and comes to it by a merge that says nothing.
    """

    names: Sequence[str]
    pinned: str
    words: Words
    lifted: Sequence[str]
    merged: bool = False

    @property
    def artifact(self) -> Artifact | None:
        return PLACEHOLDER if self.pinned == "placeholder" else ARTIFACTS.get(self.pinned)

    def message(self) -> str:
        """Return what the commit says."""
        named = self.artifact
        if named is None or self.words == "none":
            return commits.message("fix: by hand", [])
        if self.words == "of another artifact":
            named = _hotfix(named)
        trailers = [("Image", str(named)), ("Source", BUILT_FROM[self.artifact or named])]
        trailers += [("Override", rule) for rule in self.lifted]
        if self.words == "of a rollback":
            trailers.append(("Rolled-back-from", "whatever it had"))
        return commits.message("fix: by hand", trailers)

    def believed(self, plain: Entry) -> Entry:
        """Return `plain`, a release that says nothing of itself, with what is believed of the commit's words."""
        if self.artifact is None or self.words not in ("of a release", "of a rollback"):
            return plain
        kind = "rollback" if self.words == "of a rollback" else plain.kind
        return replace(plain, kind=kind, lifted=frozenset(self.lifted), source=BUILT_FROM[self.artifact])


def write(play: Play, edit: Edit, by: Caller) -> None:
    """Let somebody push an `edit`, or have it merged."""
    play.step("merge" if edit.merged else "edit")
    play.tally["merged" if edit.merged else "written", f"words {edit.words}"] += 1
    before, held = play.state(deep=True), dict(play.ledger.held)
    files = dict.fromkeys(edit.names, HALF if edit.pinned == "half" else overlay(edit.artifact))

    found = play.branch.commit(files, edit.message(), play.now, by.names, by.key, merged=edit.merged)

    silent = edit.merged or edit.artifact is None or edit.words == "none"
    plain = [
        Entry(name, play.branch.head, held[name], edit.artifact, play.now, by.key, made(name), silent=silent)
        for name in FROM
        if name in edit.names and held[name] != edit.artifact
    ]
    told = [edit.believed(entry) for entry in plain]
    if edit.merged:  # the merge is the release, and of what it brings only a rollback is read
        behind = found[-1].commit if found else ""
        told = [replace(entry, commit=behind, merged=True, silent=False) for entry in told if entry.kind == "rollback"]
        told = [*plain, *told]
    assert [(release.environment, release.commit) for release in found] == [(e.environment, e.commit) for e in told]
    play.ledger.halved -= set(edit.names)
    play.ledger.halved |= set(edit.names) if edit.pinned == "half" else set()
    play.keep(list(reversed(told)), before)


def _hotfix(artifact: Artifact) -> Artifact:
    return Artifact(artifact.repository, f"{artifact.tag}-hotfix", artifact.digest)
