"""Gathers what the rules look at: the branch's head, its policy, its overlays, its releases and its proofs."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tagbump import policy
from tagbump.errors import ConfigurationError, TagbumpError, UsageError
from tagbump.kustomize import pins
from tagbump.model import Environment, Kind, Policy, Proof, Release
from tagbump.repository import addresses, commits, git, proofs
from tagbump.repository.git import Caller
from tagbump.repository.remote import Change, Entry, Remote, opened
from tagbump.repository.signatures import counts
from tagbump.state import Candidate, Lineage, State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repo:
    """The GitOps repository a command works on. `branch` None stands for the one that tagbump.yaml names."""

    remote: Remote
    branch: str | None
    caller: Caller

    @contextmanager
    def sources(self, state: State) -> Iterator[Remote]:
        """Give the repository that artifacts are built from: this one, where tagbump.yaml names no other."""
        if state.policy.source is None:
            yield self.remote
            return
        with opened(state.policy.source, self.caller) as source:
            try:
                source.look(source.default_branch())
            except TagbumpError as error:
                # The rules that need this history refuse for want of it, and say so; the others need not.
                log.warning("the source repository can't be read: %s", error.message)
            yield source


@contextmanager
def repository(address: str | None, branch: str | None, *, cached: bool = True) -> Iterator[Repo]:
    """Give the GitOps repository at `address`, a URL or a path; None stands for the origin of the one the caller is in.

    Raises UsageError where there is no origin, or the names could be taken for something else.
    """
    caller = git.caller()
    if address is None:
        address = caller.settings.get("remote.origin.url")
        if address is None:
            raise UsageError(
                "this is no git repository with an origin, and --repo is not given",
                hint="name the repository: --repo URL",
            )
    if branch is not None:
        addresses.check_branch(branch)
    with opened(git.absolute(addresses.check_url(address)), caller, cached=cached) as remote:
        yield Repo(remote, branch, caller)


@dataclass(frozen=True)
class Snapshot:
    """A look at the remote: what the rules see, and the overlays' files as they are, by environment."""

    branch: str
    state: State
    files: Mapping[str, "Overlay"]


@dataclass(frozen=True)
class Overlay:
    """The kustomization file of an environment: its path in the repository, and its bytes."""

    path: str
    text: bytes


def gather(repo: Repo, now: datetime) -> Snapshot:
    """Look at the remote. `now` is aware UTC.

    Raises ConfigurationError for what is wrong in the files there, Unreachable where the remote does not answer.
    """
    remote = repo.remote
    branch, head, found = _policy(remote, repo.branch)
    files = _overlays(remote, head, found)
    artifacts = {
        environment.name: pins.find_artifact(files[environment.name].text, environment.image)
        for environment in found.environments
    }
    releases = _releases(remote, head, found, files)
    tags = remote.proofs()
    proven = _proofs(remote, tags)
    if any(environment.signers for environment in found.environments):
        releases, proven = _judged(remote, found, releases, proven, tags)
    state = State(head, found, now, artifacts, releases, proven)
    return Snapshot(branch, state, files)


def lineage(source: Remote, candidate: Candidate) -> Lineage:
    """Ask the source history what the rules want to know of going from what the environment has to `candidate`."""
    new, current = candidate.source, candidate.current_source
    if new is None:
        return Lineage(None, None)
    older = source.is_ancestor(new, current) if current is not None and new != current else None
    raw = source.commits_between(current, new) if candidate.environment.approval == "four-eyes" else None
    return Lineage(older, None if raw is None else tuple(commits.source_commit(*pair) for pair in raw))


def _policy(remote: Remote, branch: str | None) -> tuple[str, str, Policy]:
    name = branch or remote.default_branch()
    head = remote.look(name)
    found = _read_policy(remote, head, name)
    if branch is not None or found.branch == name:
        return name, head, found
    head = remote.look(found.branch)
    again = _read_policy(remote, head, found.branch)
    if again.branch != found.branch:
        raise ConfigurationError(
            f"{policy.FILE}: key branch: {name} says {found.branch}, and there it says {again.branch}",
            hint="let both name the branch that Argo CD follows",
        )
    return found.branch, head, again


def _read_policy(remote: Remote, head: str, branch: str) -> Policy:
    entry = remote.entries(head, [policy.FILE]).get(policy.FILE)
    if entry is None or not entry.mode.startswith("100"):
        raise ConfigurationError(
            f"{policy.FILE}: is not at the root of {remote.shown}, branch {branch}",
            hint="docs/reference/configuration.md shows one to begin with",
        )
    text = remote.objects([entry.oid])[0]
    return policy.parse(text or b"")


def _overlays(remote: Remote, head: str, found: Policy) -> dict[str, Overlay]:
    """Read every overlay's kustomization. Raises ConfigurationError where one is missing or is a symbolic link."""
    candidates = {e.name: [f"{e.overlay}/{name}" for name in pins.FILE_NAMES] for e in found.environments}
    entries = remote.entries(head, sorted({path for paths in candidates.values() for path in paths}))
    chosen: dict[str, tuple[str, Entry]] = {}
    for environment in found.environments:
        there = [path for path in candidates[environment.name] if path in entries]
        key = f"{policy.FILE}: key environments.{environment.name}.overlay:"
        if len(there) != 1:
            what = (
                f"{' and '.join(there)} are both there" if there else f"{environment.overlay} has no kustomization.yaml"
            )
            raise ConfigurationError(f"{key} {what}", hint="an overlay is a folder with one kustomization file")
        if not entries[there[0]].mode.startswith("100"):
            raise ConfigurationError(f"{key} {there[0]} is a symbolic link", hint="tagbump edits files only")
        chosen[environment.name] = (there[0], entries[there[0]])
    texts = remote.objects([entry.oid for _, entry in chosen.values()])
    return {name: Overlay(path, text or b"") for (name, (path, _)), text in zip(chosen.items(), texts, strict=True)}


def _releases(remote: Remote, head: str, found: Policy, files: Mapping[str, Overlay]) -> tuple[Release, ...]:
    paths = {overlay.path for overlay in files.values()}
    changes = remote.changes(head, sorted(paths))
    oids = sorted({oid for change in changes for oid in (change.before, change.after) if oid is not None})
    hashes = sorted({change.commit for change in changes})
    contents = dict(zip([*oids, *hashes], remote.objects([*oids, *hashes]), strict=True))
    releases = []
    for change in changes:
        for environment in found.environments:
            if files[environment.name].path == change.path:
                release = _release(environment, change, contents)
                if release is not None:
                    releases.append(release)
    return tuple(releases)


def _release(environment: Environment, change: Change, contents: Mapping[str, bytes | None]) -> Release | None:
    # Old commits may hold anything: what pins nothing whole, or can't be read at all, is no artifact.
    before, after = (
        pins.find_artifact(contents.get(oid or "") or b"", environment.image) for oid in (change.before, change.after)
    )
    if before == after:
        return None
    raw = commits.read(contents[change.commit] or b"")
    trailers = commits.trailers(raw.message)
    # Trailers that name another artifact belong to a commit that was changed after tagbump wrote it.
    said = trailers if trailers.get("Image") == (str(after),) else {}
    made: Kind = "bump" if environment.previous is None else "promote"
    return Release(
        environment=environment.name,
        commit=change.commit,
        before=before,
        artifact=after,
        released_at=raw.at.astimezone(UTC),
        by=raw.author,
        kind="rollback" if "Rolled-back-from" in said else made,
        trailers=said,
    )


def _proofs(remote: Remote, tags: Mapping[str, str]) -> dict[str, Proof]:
    read = (
        proofs.read(name, data)
        for name, data in zip(tags, remote.objects(list(tags.values())), strict=True)
        if data is not None
    )
    return {proof.tag: proof for proof in read if proof is not None}


def _judged(
    remote: Remote, found: Policy, releases: tuple[Release, ...], proven: Mapping[str, Proof], tags: Mapping[str, str]
) -> tuple[tuple[Release, ...], dict[str, Proof]]:
    """Say of each release and each proof whether it counts: whether a signer of its environment signed it."""
    signers = {environment.name: environment.signers for environment in found.environments}
    keys = sorted({key for named in signers.values() for key in named})
    commits_ = sorted({release.commit for release in releases})
    signed = remote.signatures(commits_, [tags[name] for name in proven], keys)
    return (
        tuple(replace(r, counts=counts(signed.get(r.commit), signers[r.environment])) for r in releases),
        {
            name: replace(proof, counts=counts(signed.get(tags[name]), signers.get(proof.environment, keys)))
            for name, proof in proven.items()
        },
    )
