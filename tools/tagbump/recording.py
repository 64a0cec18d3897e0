"""Pushes the proof that an artifact was seen live."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tagbump import unsigned
from tagbump.errors import CheckFailed, RaceLost
from tagbump.gather import gather
from tagbump.model import Artifact, Check, Proof, Release
from tagbump.promotion import evidence
from tagbump.repo import Repo
from tagbump.repository import proofs
from tagbump.repository.rejections import PushLost
from tagbump.state import State

_TRIES: Final = 5  # by feel


def record(
    repo: Repo, artifact: Artifact, release: Release, checks: Sequence[Check], tell: Callable[[str], None]
) -> str | None:
    """Push the proof that `artifact` is live as `release` put it there, and return its name.

    None where one stands on this release already. Raises CheckFailed where the overlay moved on.
    """
    environment = release.environment
    name = Proof.name_for(environment, artifact)
    for _ in range(_TRIES):
        now = datetime.now(UTC)
        state = gather(repo, now).state
        refuse_overtaken(state, artifact, release)
        proof = evidence.proof_of(state, environment, artifact)
        if isinstance(proof, Proof) and proof.release == release.commit:
            tell(f"recorded already: {name}")
            return None
        words = proofs.message(environment, artifact, release.commit, [check.name for check in checks], now)
        expected = repo.remote.proofs().get(name)
        tag = repo.remote.tag(name, release.commit, words)
        try:
            repo.remote.push(f"refs/tags/{name}", tag, expected=expected)
        except PushLost:
            continue
        unsigned.warn_of_proof(repo.remote, state.policy.environment(environment), name, tag)
        return name
    raise RaceLost(f"{name}: somebody else wrote this proof at each of {_TRIES} tries", hint="run it again")


def refuse_overtaken(state: State, artifact: Artifact, release: Release) -> None:
    """Raise CheckFailed where the overlay has another artifact than `release` put there, or another release did."""
    environment = release.environment
    held, current = state.artifacts.get(environment), state.current_release(environment)
    if held == artifact and current is not None and current.commit == release.commit:
        return
    now = f"has {held or 'nothing'} now, not {artifact}"
    if held == artifact:
        now = f"has {artifact} by another release now, not by {release.commit[:12]}"
    raise CheckFailed(
        f"{environment} was overtaken: its overlay {now}",
        hint=f"tagbump history {environment} says who released it; wait again for what is there now",
    )
