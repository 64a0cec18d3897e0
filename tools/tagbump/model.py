"""The values tagbump speaks of. Frozen, and checked at birth: a wrong one does not exist."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal, Self

from tagbump import guesses, references
from tagbump.errors import Refused, UsageError
from tagbump.values import NOTHING, Value

_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SHAPE: Final = "an artifact is REPOSITORY:TAG@sha256:<64 hex>"
_ASK_THE_REGISTRY: Final = "name the artifact as REPOSITORY:TAG@sha256:<64 hex>, as the registry told it after the push"

Approval = Literal["none", "required", "four-eyes"]
Kind = Literal["bump", "promote", "rollback"]


class Artifact(Value):
    """One built image. Its three parts travel together: none can be left behind.

    `repository` has no tag, `digest` is `sha256:` and 64 lower-case hex digits.
    """

    repository: str
    tag: str
    digest: str

    def __post_init__(self) -> None:
        if not references.DIGEST.fullmatch(self.digest):
            raise Refused(
                "digest",
                f"{self.digest!r} is no digest: it takes sha256: and 64 lower-case hex digits",
                hint=_ASK_THE_REGISTRY,
            )
        if fault := _fault(self.repository, self.tag):
            raise UsageError(fault, hint=_SHAPE)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `REPOSITORY:TAG@sha256:<64 hex>`.

        Raises Refused (`digest`) where the digest is missing, short or malformed, UsageError for what is no artifact.
        """
        name, at, digest = text.partition("@")
        repository, colon, tag = name.rpartition(":")
        if not name or references.DIGEST.fullmatch(text):
            fault: str | None = "repository and tag are missing"
        else:
            fault = "the tag is missing" if not colon or "/" in tag else _fault(repository, tag)
        if fault:
            raise UsageError(f"{text!r} is no artifact: {fault}", hint=_SHAPE)
        if not at:
            raise Refused(
                "digest", f"{text!r} has no digest, and a tag alone is never deployed", hint=_ASK_THE_REGISTRY
            )
        return cls(repository, tag, digest)

    @property
    def is_placeholder(self) -> bool:
        """Whether this stands in an overlay for the first artifact to come: no image has a digest of zeros."""
        return set(self.digest.removeprefix("sha256:")) == {"0"}

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}@{self.digest}"


def _fault(repository: str, tag: str) -> str | None:
    """Return what keeps an image from having these names; None where nothing does."""
    if not references.is_repository(repository):
        return f"{repository!r} is no image repository"
    return None if _TAG.fullmatch(tag) else f"{tag!r} is no image tag"


class WeeklyFreeze(Value):
    """A time of every week in which nothing is released.

    `start` and `end` are on the clock of `timezone`: the weekday, Monday 0, and the minutes since its midnight.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    timezone: str
    reason: str | None = None


class SingleFreeze(Value):
    """A time that comes once, in which nothing is released. `start` and `end` are naive, on the clock of `timezone`."""

    start: datetime
    end: datetime
    timezone: str
    reason: str | None = None


Freeze = WeeklyFreeze | SingleFreeze


class Environment(Value):
    """One environment as `tagbump.yaml` describes it. `previous` is the environment its artifacts come `from`."""

    name: str
    overlay: str
    image: str
    previous: str | None = None
    application: str | None = None
    """NAMESPACE/NAME in Argo CD; None where no cluster is asked."""
    approval: Approval = "none"
    approvers: tuple[str, ...] | None = None
    """Whose approval counts; None stands for everybody."""
    soak: timedelta = timedelta()
    freezes: tuple[Freeze, ...] = ()
    overrides: Mapping[str, tuple[str, ...]] | None = None
    """Who may lift which rule; None stands for everybody and every rule, an empty mapping for nobody."""
    signers: tuple[str, ...] = ()
    """The keys of which one must have signed; empty where nobody need sign."""
    url: str | None = None
    """Where `wait` asks; None where the command line says so."""
    cluster_required: bool = False


class Policy(Value):
    """`tagbump.yaml`: the environments in promotion order, and what holds for all of them.

    `source` is the URL of the repository artifacts are built from; None where it is the GitOps repository itself.
    `people` maps one name to the others that the same person goes by.
    """

    branch: str
    environments: tuple[Environment, ...]
    source: str | None = None
    people: Mapping[str, tuple[str, ...]] = NOTHING

    def environment(self, name: str) -> Environment:
        """Return the environment called `name`. Raises UsageError where there is none."""
        if name in self._by_name:
            return self._by_name[name]
        raise UsageError(
            f"there is no environment {name!r} in tagbump.yaml", hint=guesses.of_environments(name, list(self._by_name))
        )

    def upstream(self, name: str) -> tuple[Environment, ...]:
        """Return the environment `name` and all that its artifacts pass through before it, nearest first."""
        passed = [self.environment(name)]
        while (previous := passed[-1].previous) is not None:
            passed.append(self.environment(previous))
        return tuple(passed)

    @cached_property
    def _by_name(self) -> Mapping[str, Environment]:
        return {environment.name: environment for environment in self.environments}


class Commit(Value):
    """A source commit: who made it, and what it says of itself. `hash` is 40 hex digits.

    `breaking` says that a line of its message announces a breaking change; its subject may do so as well.
    """

    hash: str
    subject: str
    author: str
    author_email: str
    committer: str
    committer_email: str
    co_authors: tuple[str, ...] = ()
    breaking: bool = False


class Release(Value):
    """A commit on the GitOps branch that changed the artifact of one environment.

    `trailers` are those of tagbump's own commits, and empty where the commit was made by hand or was changed since.
    `released_at` is aware UTC. `counts` is false where the policy names signers and none of them signed it. `merged`
    says that it came behind a merge: the branch itself never had it, and it may bind, as a rollback does, and grant
    nothing.
    """

    environment: str
    commit: str
    before: Artifact | None
    artifact: Artifact | None
    released_at: datetime
    by: str
    kind: Kind
    trailers: Mapping[str, tuple[str, ...]] = NOTHING
    counts: bool = True
    merged: bool = False

    def trailer(self, name: str) -> str | None:
        """Return the last value of the trailer `name`, None where there is none."""
        values = self.trailers.get(name)
        return values[-1] if values else None

    @property
    def source(self) -> str | None:
        return self.trailer("Source")

    @property
    def approved_by(self) -> str | None:
        return self.trailer("Approved-by")

    @property
    def reason(self) -> str | None:
        return self.trailer("Reason")

    @property
    def overrides(self) -> tuple[str, ...]:
        return tuple(self.trailers.get("Override", ()))


class Proof(Value):
    """An annotated tag which says that `artifact` was seen healthy in `environment` as `release` put it there.

    `target` is the commit the tag stands on, `release` the one its message names: a true proof has them equal.
    `recorded_at` is aware UTC. `counts` is false where the policy names signers and none of them signed it.
    """

    tag: str
    environment: str
    artifact: str
    release: str
    target: str
    checks: tuple[str, ...]
    recorded_at: datetime
    counts: bool = True

    @staticmethod
    def name_for(environment: str, artifact: Artifact) -> str:
        """Return the name of the tag that proves `artifact` in `environment`."""
        return f"proof/{environment}/{artifact.digest.removeprefix('sha256:')[:12]}"


class Check(Value):
    """One thing that was looked at, and how it was found."""

    name: str
    ok: bool
    detail: str

    def as_json(self) -> dict[str, object]:
        """Return the check as `--json` shows it."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail}


class Frozen(Value):
    """A freeze that is in force. `until` is aware UTC."""

    until: datetime
    reason: str | None
