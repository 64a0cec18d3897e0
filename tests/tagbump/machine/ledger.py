"""Plain bookkeeping beside the rules: what happened, and what follows from it. It asks none of tagbump's code."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tagbump.model import Artifact, Kind
from tests.tagbump.machine.cast import SAME_REPOSITORY
from tests.tagbump.machine.demands import FROM, FURTHER, ROADS, Demands

CLOCKS_APART: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Entry:
    """A release by whatever hand. `kind`, `lifted` and `source` are what its commit says of itself.

    One that is `merged` was made beside the branch, which then took what it made by a merge. Of one that is `silent`
    the commit does not say that it is a release.
    """

    environment: str
    commit: str
    before: Artifact | None
    after: Artifact | None
    at: datetime
    key: str | None
    kind: Kind
    lifted: frozenset[str] = frozenset()
    source: str | None = None
    merged: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Tag:
    """A proof tag as it was pushed, with what it says."""

    environment: str
    artifact: str
    release: str
    target: str
    at: datetime
    key: str | None


class Ledger:
    """All that happened, and what follows from it under tagbump.yaml as it is now."""

    def __init__(self, demands: Demands) -> None:
        self.entries: list[Entry] = []
        self.tags: dict[str, Tag] = {}
        self.held: dict[str, Artifact | None] = dict.fromkeys(FROM)
        self.halved: set[str] = set()
        self.progressing: bool | None = False
        """What a cluster says of a rollout; None where none answers."""
        self.hold_to(demands)

    def hold_to(self, demands: Demands) -> None:
        """Read everything anew: other keys and other people may count now."""
        self.demands, self.joined = dict(demands.of), demands.joined
        self.released: dict[str, dict[Artifact, dict[str, datetime]]] = {name: {} for name in FROM}
        self.refused: dict[tuple[str, str], set[str]] = defaultdict(set)
        """The digests that were rolled back from in one environment, and are refused in another for it."""
        self.sources: dict[Artifact, str] = {}
        for entry in self.entries:
            self._read(entry)

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)
        if not entry.merged:
            self.held[entry.environment] = entry.after
        self._read(entry)

    def _read(self, entry: Entry) -> None:
        if self.counts(entry.environment, entry.key):
            self._bind(entry)
            if not entry.merged:  # who may have something merged binds what comes after, and grants nothing
                self._grant(entry)

    def _bind(self, entry: Entry) -> None:
        if entry.kind == "rollback" and entry.before is not None:
            for further in FURTHER[entry.environment]:
                self.refused[entry.environment, further].add(entry.before.digest)

    def _grant(self, entry: Entry) -> None:
        name, after = entry.environment, entry.after
        if after is None:
            return
        if "rolled-back" in entry.lifted and self._may_bring_back(name):
            for origin in ROADS[name]:
                for further in FURTHER[name]:
                    self.refused[origin, further].discard(after.digest)
        self.released[name].setdefault(after, {})[entry.commit] = entry.at
        if entry.source is not None:
            self.sources[after] = entry.source

    def _may_bring_back(self, name: str) -> bool:
        """Say whether tagbump.yaml has anybody who may: else nobody did, whatever a commit says."""
        overrides = self.demands[name].overrides
        return overrides is None or bool(dict(overrides).get("rolled-back"))

    # What is so

    def counts(self, name: str, key: str | None) -> bool:
        """Say whether what was signed with `key` counts in the environment `name`."""
        signers = self.demands[name].signers
        return not signers or key in signers

    def of(self, name: str) -> list[Entry]:
        """Return the releases of the environment `name` that count, newest first."""
        return [
            entry for entry in reversed(self.entries)
            if entry.environment == name and not entry.merged and self.counts(name, entry.key)
        ]  # fmt: skip

    def refused_in(self, name: str) -> set[str]:
        """Return the digests that the environment `name` refuses, for a rollback of its own or of one before it."""
        return {digest for origin in ROADS[name] for digest in self.refused[origin, name]}

    def _noticed(self) -> list[Entry]:
        """Return the releases that a bump or a promotion sees: of the silent ones those that a tag names and is on."""
        proven = {tag.release for tag in self.tags.values() if tag.target == tag.release}
        return [entry for entry in self.entries if not entry.silent or entry.commit in proven]

    def had(self, name: str, artifact: Artifact) -> bool:
        """Say whether a release that counts gave `artifact` to the environment `name`, as far as is noticed."""
        noticed = {entry.commit for entry in self._noticed()}
        return not noticed.isdisjoint(self.released[name].get(artifact, ()))

    def digests_like(self, artifact: Artifact) -> set[str]:
        """Return the digests that the tag of `artifact` has or had, as far as is noticed, signed or not."""
        passed = (known for entry in self._noticed() for known in (entry.before, entry.after))
        return {known.digest for known in (*passed, *self.held.values()) if known and _name(known) == _name(artifact)}

    def newest(self, name: str, artifact: Artifact | None) -> str | None:
        """Return the newest release of `artifact` in the environment `name`; None where there is none."""
        return next((e.commit for e in self.of(name) if artifact and e.after == artifact), None)

    def proven_at(self, name: str, artifact: Artifact) -> datetime | None:
        """Return since when `artifact` is proven in the environment `name`; None where it is not."""
        tag = self.tags.get(tag_name(name, artifact))
        if tag is None or (tag.environment, tag.artifact) != (name, str(artifact)):
            return None
        released_at = self.released[name].get(artifact, {}).get(tag.release)
        if released_at is None or tag.target != tag.release or not self.counts(name, tag.key):
            return None
        if tag.at < released_at - CLOCKS_APART or artifact.digest in self.refused[name, name]:
            return None
        return max(tag.at, released_at)


def made(name: str) -> Kind:
    """Return what a release of the environment `name` is, where it is no rollback."""
    return "promote" if FROM[name] else "bump"


def tag_name(name: str, artifact: Artifact) -> str:
    return f"proof/{name}/{artifact.digest.removeprefix('sha256:')[:12]}"


def _name(artifact: Artifact) -> tuple[str, str]:
    return SAME_REPOSITORY[artifact.repository], artifact.tag
