"""The values on the board. Frozen."""

from datetime import datetime

from tagbump.changes import Change
from tagbump.cluster.model import Rollout
from tagbump.model import Artifact, Environment, Frozen, Proof, Release
from tagbump.values import Value


class Standing(Value):
    """One environment on the board.

    `proof` is the proof that counts, or the words why none does. `behind` counts the source commits that `from` has and
    this environment has not, None where that can't be told; `waiting` are they. `left_behind` are the rollbacks because
    of which it refuses artifacts, newest first. `fault` says what is wrong where the overlay pins something that is no
    artifact. `rollout` is None where no cluster is at hand to be asked. `unsigned` is the release that gave it what it
    has, where that does not count.
    """

    environment: Environment
    artifact: Artifact | None
    source: str | None
    release: Release | None
    proof: Proof | str
    frozen: Frozen | None
    behind: int | None
    waiting: tuple[Change, ...]
    left_behind: tuple[Release, ...]
    fault: str | None = None
    unsigned: Release | None = None
    rollout: Rollout | None = None


class Board(Value):
    """All environments in promotion order, as of `at` (aware UTC). `recent` are releases, newest first."""

    repository: str
    branch: str
    head: str
    at: datetime
    standings: tuple[Standing, ...]
    recent: tuple[Release, ...]
