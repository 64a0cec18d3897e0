"""The words of a proof tag: writes them, and reads them back without believing more than they say. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tagbump.model import Artifact, Proof
from tagbump.repository import commits
from tagbump.times import rfc3339


def message(environment: str, artifact: Artifact, release: str, checks: Sequence[str], at: datetime) -> str:
    """Write the message of a proof. `release` is the commit that put `artifact` there, `at` is aware UTC."""
    return commits.message(
        f"proof({environment}): {artifact.tag} was seen healthy",
        [
            ("Environment", environment),
            ("Artifact", str(artifact)),
            ("Release", release),
            ("Checks", ", ".join(checks)),
            ("Recorded-at", rfc3339(at)),
        ],
    )


def read(name: str, data: bytes) -> Proof | None:
    """Read the tag `name` from its bytes. None for what is no annotated tag with the five lines of a proof."""
    if not data.startswith(b"object ") or f"\ntag {name}\n".encode() not in data.partition(b"\n\n")[0] + b"\n":
        return None
    raw = commits.read(data)
    said = {key: values[0] for key, values in commits.trailers(raw.message).items() if len(values) == 1}
    try:
        recorded_at = datetime.strptime(said["Recorded-at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return Proof(
            tag=name,
            environment=said["Environment"],
            artifact=said["Artifact"],
            release=said["Release"],
            target=raw.target or "",
            checks=tuple(said["Checks"].split(", ")),
            recorded_at=recorded_at,
        )
    except (KeyError, ValueError):
        return None
