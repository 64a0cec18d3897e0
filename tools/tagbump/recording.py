"""Pushes the proof that an artifact was seen live."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

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
        refuse_overtaken(state, environment, artifact)
        proof = evidence.proof_of(state, environment, artifact)
        if isinstance(proof, Proof) and proof.release == release.commit:
            tell(f"recorded already: {name}")
            return None
        words = proofs.message(environment, artifact, release.commit, [check.name for check in checks], now)
        expected = repo.remote.proofs().get(name)
        try:
            repo.remote.push(f"refs/tags/{name}", repo.remote.tag(name, release.commit, words), expected=expected)
        except PushLost:
            continue
        return name
    raise RaceLost(f"{name}: somebody else wrote this proof at each of {_TRIES} tries", hint="run it again")


def refuse_overtaken(state: State, environment: str, artifact: Artifact) -> None:
    """Raise CheckFailed where the overlay of `environment` has another artifact now."""
    held = state.artifacts.get(environment)
    if held != artifact:
        raise CheckFailed(
            f"{environment} was overtaken: its overlay has {held.tag if held else 'nothing'} now, not {artifact.tag}",
            hint=f"tagbump history {environment} says who released it; wait again for what is there now",
        )
