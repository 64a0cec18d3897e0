"""Gathers what the rules look at: the branch's head, its policy, its overlays, its releases and its proofs."""

from collections.abc import Mapping
from datetime import datetime

from tagbump import policy, record
from tagbump.errors import ConfigurationError
from tagbump.kustomize import pins
from tagbump.model import Artifact, Policy
from tagbump.repo import Repo
from tagbump.repository.git import GitFailed
from tagbump.repository.remote import Remote
from tagbump.state import Candidate, Lineage, State
from tagbump.values import Value


class Snapshot(Value):
    """A look at the remote: what the rules see, and the overlays' files as they are, by environment."""

    branch: str
    state: State
    files: Mapping[str, "Overlay"]


class Overlay(Value):
    """The kustomization file of an environment: its path in the repository, and its bytes."""

    path: str
    text: bytes


def gather(repo: Repo, now: datetime, *, deep: bool = True) -> Snapshot:
    """Look at the remote. `now` is aware UTC. `deep` finds also the releases that say nothing of what they are.

    Raises ConfigurationError for what is wrong in the files there, Unreachable where the remote does not answer.
    """
    try:
        return _gathered(repo, now, deep=deep)
    except GitFailed:
        repo.remote.forget()  # what was fetched can't be read: the cache is damaged
        return _gathered(repo, now, deep=deep)


def _gathered(repo: Repo, now: datetime, *, deep: bool) -> Snapshot:
    remote = repo.remote
    branch, head, found = _policy(remote, repo.branch)
    files = _overlays(remote, head, found)
    artifacts: dict[str, Artifact | None] = {}
    faults = {}
    for environment in found.environments:
        overlay = files[environment.name]
        try:
            artifacts[environment.name] = pins.read_artifact(overlay.text, environment.image, overlay.path)
        except ConfigurationError as error:
            # Half an artifact is none, and may be made whole by a release; who needs it whole is told what is wrong.
            artifacts[environment.name] = None
            faults[environment.name] = error.message
    if deep:
        remote.look_deep(branch)
    past = record.read(remote, head, found, {name: overlay.path for name, overlay in files.items()}, deep=deep)
    state = State(head, found, now, artifacts, past.releases, past.proofs, faults)
    return Snapshot(branch, state, files)


def lineage(source: Remote, candidate: Candidate) -> Lineage:
    """Ask the source history what the rules want to know of going from what the environment has to `candidate`."""
    new = candidate.source
    if new is None:
        return Lineage(None, None)
    found = [source.history.is_ancestor(new, rival) for rival in candidate.rivals]
    older = True if True in found else None if None in found or not found else False
    if candidate.environment.approval != "four-eyes":
        return Lineage(older, None)
    histories = [source.history.between(before, new) for before in candidate.befores]
    if None in histories:
        return Lineage(older, None)
    promoted = {commit.hash: commit for commits in histories for commit in commits or ()}
    return Lineage(older, tuple(promoted.values()))


def _policy(remote: Remote, branch: str | None) -> tuple[str, str, Policy]:
    name, head = remote.arrive(branch)
    found = _read_policy(remote, head, name)
    if branch is not None or found.branch == name:
        remote.remember_home(found.branch)
        return name, head, found
    head = remote.look(found.branch)
    again = _read_policy(remote, head, found.branch)
    if again.branch != found.branch:
        raise ConfigurationError(
            f"{policy.FILE}: key branch: {name} says {found.branch}, and there it says {again.branch}",
            hint="let both name the branch that Argo CD follows",
        )
    remote.remember_home(found.branch)
    return found.branch, head, again


def _read_policy(remote: Remote, head: str, branch: str) -> Policy:
    entry = remote.objects.entries(head, [policy.FILE]).get(policy.FILE)
    if entry is None or not entry.mode.startswith("100"):
        raise ConfigurationError(
            f"{policy.FILE}: is not at the root of {remote.shown}, branch {branch}",
            hint=policy.BEGIN,
        )
    text = remote.objects.read([entry.oid])[0]
    return policy.parse(text)


def _overlays(remote: Remote, head: str, found: Policy) -> dict[str, Overlay]:
    """Read every overlay's kustomization. Raises ConfigurationError where one is missing or is a symbolic link."""
    candidates = {e.name: [f"{e.overlay}/{name}" for name in pins.FILE_NAMES] for e in found.environments}
    entries = remote.objects.entries(head, sorted({path for paths in candidates.values() for path in paths}))
    chosen: dict[str, tuple[str, str]] = {}
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
        chosen[environment.name] = (there[0], entries[there[0]].oid)
    texts = remote.objects.read([oid for _, oid in chosen.values()])
    return {name: Overlay(path, text) for (name, (path, _)), text in zip(chosen.items(), texts, strict=True)}
