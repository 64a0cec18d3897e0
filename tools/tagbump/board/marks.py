"""What is seen first of an environment, and how things are coloured."""

from typing import Final, Literal

from tagbump.board.model import Standing
from tagbump.model import Proof
from tagbump.values import Value

Tone = Literal["plain", "good", "warn", "alarm", "cold"]
"""How a fact is coloured. Its words say the same without colour."""

# What a rollout in each state is marked with, where it is, and how it is coloured.
ROLLOUTS: Final[dict[str, tuple[str, Tone]]] = {
    "unknown": ("", "warn"),
    "no-application": ("", "warn"),
    "failed": ("failed", "alarm"),
    "needs-resume": ("waits for a person", "warn"),
    "needs-sync": ("waits for a person", "warn"),
    "syncing": ("rolling out", "plain"),
    "refreshing": ("", "warn"),
    "rolling-out": ("rolling out", "plain"),
    "unhealthy": ("unhealthy", "warn"),
    "healthy": ("", "good"),
}


class Mark(Value):
    """A few words that are seen first, beside the name."""

    words: str
    tone: Tone


def marks(standing: Standing) -> tuple[Mark, ...]:
    """Return what should be seen first of an environment."""
    found = []
    if standing.fault is not None:
        found.append(Mark("broken", "alarm"))
    if standing.artifact is not None:
        proven = isinstance(standing.proof, Proof)
        found.append(Mark("proven", "good") if proven else Mark("not proven", "warn"))
    if standing.rollout is not None and ROLLOUTS[standing.rollout.state][0]:
        found.append(Mark(*ROLLOUTS[standing.rollout.state]))
    if standing.release is not None and standing.release.overrides:
        found.append(Mark("override", "alarm"))
    if standing.frozen is not None:
        found.append(Mark("frozen", "cold"))
    if standing.behind and not _only_releases(standing):
        found.append(Mark(f"{standing.behind} behind", "plain"))
    return tuple(found)


def _only_releases(standing: Standing) -> bool:
    """Say whether nothing waits but what tagbump wrote, where source and manifests share a repository."""
    return bool(standing.waiting) and all(change.type == "release" for change in standing.waiting)
