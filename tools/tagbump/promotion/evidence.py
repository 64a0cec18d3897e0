"""What the history of releases and the proofs say: what was left behind, and which proof counts. Pure."""

from datetime import timedelta
from typing import Final

from tagbump.model import Artifact, Proof, Release
from tagbump.names import UNSIGNED
from tagbump.state import State
from tagbump.times import rfc3339
from tagbump.values import replace

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far the clock of who records a proof may be behind that of who released, as it is allowed for elsewhere too."""


def left_behind(state: State, environment: str, artifact: Artifact, *, inherited: bool = True) -> Release | None:
    """Return the rollback because of which `artifact` is refused in `environment`; None where there is none.

    A rollback binds its own environment and every one after it, until the artifact comes back there, or on the way
    there, with the rule lifted. With `inherited` false only rollbacks of `environment` itself count.
    """
    road = state.policy.upstream(environment)
    for length, origin in enumerate(road[: None if inherited else 1], start=1):
        on_the_way = {passed.name for passed in road[:length]}
        if rollback := _binding(state, origin.name, on_the_way, artifact):
            return rollback
    return None


def _binding(state: State, origin: str, on_the_way: set[str], artifact: Artifact) -> Release | None:
    """Return the rollback of `origin` from `artifact`, unless that came back later somewhere `on_the_way`."""
    for release in state.releases:  # newest first: what came last holds
        if not release.counts:
            continue
        if _same(release.artifact, artifact) and release.environment in on_the_way and _may_return(state, release):
            return None
        if release.environment == origin and release.kind == "rollback" and _same(release.before, artifact):
            return release
    return None


def _may_return(state: State, release: Release) -> bool:
    """Say whether `release` brought back, with the rule lifted, what it released: where nobody may, nothing did."""
    lifted = state.policy.environment(release.environment).overrides
    allowed = lifted is None or bool(lifted.get("rolled-back"))
    return "rolled-back" in release.overrides and allowed and not release.merged


def refused_in(state: State, environment: str) -> tuple[Release, ...]:
    """Return the rollbacks, newest first, because of which `environment` refuses what they left behind."""
    artifacts = {r.before for r in state.releases if r.kind == "rollback" and r.before is not None}
    found = [left_behind(state, environment, artifact) for artifact in artifacts]
    # A commit made by hand may have rolled back several environments at once.
    standing = {(rollback.environment, rollback.commit) for rollback in found if rollback is not None}
    return tuple(release for release in state.releases if (release.environment, release.commit) in standing)


def _same(one: Artifact | None, other: Artifact) -> bool:
    """Say whether both are one build: a digest that was rolled back from does not come back under another tag."""
    return one is not None and one.digest == other.digest


def proof_of(state: State, environment: str, artifact: Artifact) -> Proof | str:
    """Return the proof that counts for `artifact` in `environment`, or the words why there is none.

    A tag's name proves nothing: environment, whole artifact and release in its message must be those of a release of
    that environment, the tag must stand on it, and nobody can have seen it before there was that release. What comes
    back was recorded no earlier than that release: a soak begins with it.
    """
    proof = state.proofs.get(Proof.name_for(environment, artifact))
    if proof is None:
        return f"no proof says that {artifact.tag} was seen healthy in {environment}"
    if proof.environment != environment or proof.artifact != str(artifact):
        return f"{proof.tag} speaks of {proof.artifact} in {proof.environment}, not of {artifact} in {environment}"
    if not proof.counts:
        return f"{proof.tag} {UNSIGNED} of {environment}"
    return _standing(state, proof, environment, artifact)


def _standing(state: State, proof: Proof, environment: str, artifact: Artifact) -> Proof | str:
    """Return `proof`, which says the right words, if it stands on a release that it can be of; else why it does not."""
    released = {r.commit: r.released_at for r in state.releases_of(environment) if r.artifact == artifact}
    if proof.release != proof.target or proof.release not in released:
        return f"{proof.tag} does not stand on a release of {artifact.tag} in {environment}"
    released_at = released[proof.release]
    if proof.recorded_at < released_at - CLOCKS_APART:
        return f"{proof.tag} says {rfc3339(proof.recorded_at)}, and its release is of {rfc3339(released_at)}"
    if rollback := left_behind(state, environment, artifact, inherited=False):
        return f"{proof.tag} is void: {environment} was rolled back from {artifact.tag} ({rollback.commit[:12]})"
    return replace(proof, recorded_at=max(proof.recorded_at, released_at))
