"""One release of each verb that writes, and what has to hold after it was attempted: all of it is there, or none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tagbump.world import World, artifact


@dataclass(frozen=True)
class Attempt:
    """A release that is attempted in a world: the command, and what it would change."""

    words: tuple[str, ...]
    environment: str
    tag: str

    @property
    def subject(self) -> str:
        return f"chore({self.environment}): release {self.tag}"


SOURCE: Final = "HEAD's commit"  # stands in `words` for what is only known once there is a world

BUMP: Final = Attempt(("bump", "dev", artifact("1.2.0"), "--source", SOURCE), "dev", "1.2.0")
PROMOTE: Final = Attempt(("promote", "stage", "--approved-by", "grace"), "stage", "1.1.0")
ROLLBACK: Final = Attempt(("rollback", "dev", "--reason", "slow"), "dev", "1.0.0")


@dataclass(frozen=True)
class Before:
    """How everything was before the attempt."""

    head: str
    refs: frozenset[str]
    checkout: dict[Path, bytes]

    @classmethod
    def of(cls, world: World) -> "Before":
        return cls(world.head(), frozenset(world.refs().splitlines()), cls.files_of(world))

    @staticmethod
    def files_of(world: World) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in world.checkout.rglob("*") if path.is_file()}


def words_of(attempt: Attempt, world: World) -> list[str]:
    return [world.head() if word == SOURCE else word for word in attempt.words]


def landed(world: World, attempt: Attempt, before: Before) -> bool:
    """Say whether the release is there, whole and alone. Fails where it is there in part, or anything else is."""
    assert Before.files_of(world) == before.checkout, "the caller's checkout was touched"
    world.git("fsck", "--full", "--strict", cwd=world.remote)
    refs = frozenset(world.refs().splitlines())
    if refs == before.refs:
        return False
    assert refs - {f"{world.head()} refs/heads/main"} == before.refs - {f"{before.head} refs/heads/main"}
    assert world.git("rev-list", "--parents", "-1", "main", cwd=world.remote).split()[1:] == [before.head]
    assert world.log()[0] == attempt.subject
    changed = world.git("diff", "--name-only", before.head, "main", cwd=world.remote).split()
    assert changed == [f"k8s/overlays/{attempt.environment}/kustomization.yaml"]
    assert len(world.diff()) == 4  # the tag and the digest, before and after
    assert world.artifact(attempt.environment) == artifact(attempt.tag)
    return True
