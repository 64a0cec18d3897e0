"""A GitOps branch and its proof tags in memory: written as git stores them, and read back as tagbump reads them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from tagbump import record
from tagbump.kustomize import pins
from tagbump.model import Artifact, Policy, Proof, Release
from tagbump.record import Record
from tagbump.repository import proofs
from tagbump.repository.history import Touched
from tagbump.repository.signatures import Signature
from tagbump.state import State

if TYPE_CHECKING:
    from tagbump.repository.remote import Remote

NOTHING: Final = b"images:\n  - name: service\n"
HALF: Final = b'images:\n  - name: service\n    newTag: "2.0.0"\n'


@cache
def overlay(artifact: Artifact | None) -> bytes:
    """Return the kustomization that pins `artifact`."""
    return NOTHING if artifact is None else pins.rewrite(NOTHING, "service", artifact, "kustomization.yaml")


_pinned = cache(pins.find_artifact)


class Branch:
    """Commits that each stand on the one before, and tags on them. `record` is what tagbump reads of both.

    `objects` are what git would have of it: each by its id, with its kind. `tags` are the ids of the tags, by name, and
    `begun` is the first commit.
    """

    def __init__(self, policy: Policy) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, str] = {}
        self._telling: set[str] = set()
        self._files = {environment.name: NOTHING for environment in policy.environments}
        self._releases: tuple[Release, ...] = ()
        self._proofs: dict[str, Proof] = {}
        self._keys: dict[str, str | None] = {}
        begun = "Release Bot <bot@example.com> 1700000000 +0000"
        first = f"tree {self._tree()}\nauthor {begun}\ncommitter {begun}\n\nchore: begin\n"
        self.begun = self.head = self._kept("commit", first.encode())
        self.hold_to(policy)

    def hold_to(self, policy: Policy) -> None:
        """Let tagbump.yaml say something else."""
        self.policy = policy
        self._read()

    def commit(
        self,
        files: Mapping[str, bytes],
        message: str,
        at: datetime,
        by: Sequence[str],
        key: str | None,
        *,
        merged: bool = False,
    ) -> list[Release]:
        """Put `files`, by environment, on the branch in one commit, or in one beside it that is then merged.

        Returns the releases that are read of it, newest first.
        """
        person = f"{by[0]} <{by[-1]}> {int(at.timestamp())} +0000"
        before, self._files = self._files, {**self._files, **files}
        head = f"tree {self._tree()}\nparent {self.head}\n"
        rest = f"author {person}\ncommitter {person}\n\n"
        own = f"{head}{rest}{message}".encode()
        made = {self._kept("commit", own): own}
        if merged:
            merge = f"{head}parent {next(iter(made))}\n{rest}Merge a branch\n".encode()
            made = {self._kept("commit", merge): merge, **made}
        self.head = next(iter(made))
        self._telling.update(commit for commit, raw in made.items() if b"Image:" in raw)
        self._keys.update(dict.fromkeys(made, key))
        found = [release for commit in made for release in self._releases_of(commit, before, made)]
        self._releases = (*found, *self._releases)
        self._read()
        return found

    def _releases_of(self, commit: str, before: Mapping[str, bytes], made: Mapping[str, bytes]) -> Iterator[Release]:
        for environment in self.policy.environments:
            old, new = before[environment.name], self._files[environment.name]
            if old == new:
                continue
            touched = Touched(commit, environment.overlay, "old", "new", landed=self.head)
            release = record._release(environment, touched, {**made, "old": old, "new": new})
            if release is not None:
                yield release

    def tag(self, name: str, target: str, message: str, at: datetime, key: str | None) -> None:
        """Push a tag, over whatever has its name."""
        tagger = f"Release Bot <bot@example.com> {int(at.timestamp())} +0000"
        raw = f"object {target}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}".encode()
        self.tags[name] = self._kept("tag", raw)
        self._proofs.pop(name, None)
        if (proof := proofs.read(name, raw)) is not None:
            self._proofs[name] = proof
            self._keys[self.tags[name]] = key
        self._read()

    def state(self, now: datetime, *, deep: bool) -> State:
        """Return what the rules see of it: all of it, or what `bump` and `promote` have a look at."""
        return State(
            head=self.head,
            policy=self.policy,
            now=now,
            artifacts={name: _pinned(text, "service") for name, text in self._files.items()},
            releases=self.record.releases if deep else self._at_a_glance,
            proofs=self.record.proofs,
            faults={name: "half an artifact" for name, text in self._files.items() if text == HALF},
        )

    def _read(self) -> None:
        self.record = Record(self._releases, dict(self._proofs))
        if any(environment.signers for environment in self.policy.environments):
            self.record = record._judged(cast("Remote", self), self.policy, self.record, self.tags)
        standing = {proof.release for proof in self.record.proofs.values() if proof.release == proof.target}
        proven = standing - self._telling
        telling = (release for release in self.record.releases if release.commit in self._telling)
        others = (release for release in self.record.releases if release.commit in proven)
        self._at_a_glance = (*telling, *sorted(others, key=lambda release: release.commit))

    def verified(self, commits: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
        """Stand in for git: say what was signed with one of `keys`."""
        found = ((name, self._keys[name]) for name in (*commits, *tags))
        return {name: Signature(frozenset({key})) for name, key in found if key in keys and key is not None}

    def _tree(self) -> str:
        """Return the tree of the files as they are."""
        folders = (
            (name, self._kept("tree", _row("100644", "kustomization.yaml", self._kept("blob", text))))
            for name, text in sorted(self._files.items())
        )
        overlays = self._kept("tree", b"".join(_row("40000", name, tree) for name, tree in folders))
        return self._kept("tree", _row("40000", "k8s", self._kept("tree", _row("40000", "overlays", overlays))))

    def _kept(self, kind: str, data: bytes) -> str:
        """Keep an object, and return the id that git has for it."""
        name = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        self.objects[name] = kind, data
        return name


def _row(mode: str, name: str, object_id: str) -> bytes:
    return f"{mode} {name}\0".encode() + bytes.fromhex(object_id)
