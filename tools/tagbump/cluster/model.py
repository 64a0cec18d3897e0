"""What a cluster says of an Application, as frozen values: only what is judged, and every text cut to be told.

A moment is aware UTC, and None where the cluster did not say. A text is empty where it did not.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tagbump.model import Artifact, Check
from tagbump.values import NOTHING, Value

Kind = Literal["Rollout", "Deployment"]


class Resource(Value):
    """A workload that an Application deploys, by name."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Operation(Value):
    """A sync, and how it went. `failures` are what its resources said of going wrong.

    `jobs` are the names of the Jobs that ran as its hooks, by namespace.
    """

    phase: str
    message: str = ""
    revisions: tuple[str, ...] = ()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failures: tuple[str, ...] = ()
    jobs: frozenset[tuple[str, str]] = frozenset()

    @property
    def under_way(self) -> bool:
        return self.phase in ("Running", "Terminating")


class Sync(Value):
    """A sync of the past: of which revisions, and when it began."""

    revisions: tuple[str, ...]
    started_at: datetime | None


class Application(Value):
    """An Application of Argo CD. `paths` are its sources' folders, in the order in which revisions are listed.

    `requested` says that a sync was asked for and has not begun, `compared` that the status is about this very
    specification, `destination` is the address or the name of the cluster it deploys to.
    """

    name: str
    destination: str
    paths: tuple[str, ...]
    automated: bool = False
    requested: bool = False
    deleting: bool = False
    compared: bool = True
    sync: str = ""
    revisions: tuple[str, ...] = ()
    health: str = ""
    health_message: str = ""
    health_since: datetime | None = None
    reconciled_at: datetime | None = None
    operation: Operation | None = None
    history: tuple[Sync, ...] = ()
    conditions: tuple[str, ...] = ()
    workloads: tuple[Resource, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """Every revision that it names, of now and of the past."""
        operation = self.operation.revisions if self.operation else ()
        return frozenset({*self.revisions, *operation, *(name for sync in self.history for name in sync.revisions)})


class Pause(Value):
    """Why a workload stands still, and whether it takes a person to go on."""

    words: str
    person: bool


class Trouble(Value):
    """That a workload was aborted or is degraded, and since when. `may_mend`: perhaps for a moment only."""

    words: str
    since: datetime | None
    may_mend: bool = False


class Workload(Value):
    """A Rollout or a Deployment. `images` are those of its template's containers.

    `observed` says that the status is about the latest specification. `current` and `stable` mark the pods of the
    newest version and of the one that has taken over, as `ReplicaSet.version` does. `progress` is where it stands, in
    words; `finished` that its own controller has nothing left to do; `scaling` that nothing is left of a rollout, and
    pods are missing: an autoscaler wants more of them, or some have died.
    """

    resource: Resource
    uid: str
    images: tuple[str, ...]
    observed: bool
    current: str
    stable: str
    finished: bool
    scaling: bool
    progress: str
    pause: Pause | None = None
    trouble: Trouble | None = None


class ReplicaSet(Value):
    """What owns the pods of one version of a workload. `leaving` says that they are to be shut down at a set time."""

    uid: str
    owner: str
    version: str
    leaving: bool = False


class Container(Value):
    """A container of a pod: the image it is to run, and how it is. `waiting` and `last` are reason and words."""

    name: str
    image: str
    init: bool = False
    running: bool = False
    image_id: str = ""
    waiting: tuple[str, str] = ("", "")
    last: tuple[str, str] = ("", "")


class Pod(Value):
    """A pod. `owner` is the uid of what made it, `job` the name of that where it is a Job."""

    namespace: str
    name: str
    owner: str
    created_at: datetime | None
    containers: tuple[Container, ...]
    job: str = ""
    ready: bool = False
    leaving: bool = False
    over: bool = False
    scheduling: str = ""


class AnalysisRun(Value):
    """An analysis of a version of a Rollout. `findings` are the words of the metrics that did not succeed."""

    name: str
    owner: str
    version: str
    phase: str
    created_at: datetime | None = None
    message: str = ""
    findings: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.phase in ("", "Pending", "Running")


class Seen(Value):
    """All that a cluster says at one moment. `application` None: there is no such Application."""

    application: Application | None
    workloads: tuple[Workload, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    pods: tuple[Pod, ...] = ()
    analysis_runs: tuple[AnalysisRun, ...] = ()


class Rollout(Value):
    """Where what an environment deploys stands: one of `rollouts.STATES`, and what was seen of it, in words."""

    state: str
    detail: str


class Revision(Value):
    """What git says of a commit that Argo CD names.

    `contains` says whether the release is in its history, None where the commit can't be had. `artifact` is what the
    overlay pins there, None where that is no whole artifact.
    """

    contains: bool | None = None
    artifact: Artifact | None = None


class Wanted(Value):
    """What is waited for: `artifact`, which the commit `release` put into `overlay`. `elsewhere` are the others.

    `revisions` says what git knows of every revision that the Application names. `vouched` says that the service's own
    address is asked too: where no pod can be looked at, it is the one that tells what runs.
    """

    artifact: Artifact
    release: str
    overlay: str
    revisions: Mapping[str, Revision] = NOTHING
    elsewhere: frozenset[str] = frozenset()
    vouched: bool = False

    def of(self, application: Application, named: tuple[str, ...]) -> tuple[str, Revision]:
        """Return which of the revisions that are `named` the overlay is deployed from, and what git says of it.

        An Application of several sources has a revision for each: that of the overlay's folder is meant, or, where
        none of them is that folder, the one that has the release.
        """
        paths = application.paths if len(application.paths) == len(named) else ("",) * len(named)
        meant = [revision for path, revision in zip(paths, named, strict=True) if path == self.overlay] or named
        known = [(revision, self.revisions.get(revision, Revision())) for revision in meant]
        return next((pair for pair in known if pair[1].contains), known[0] if known else ("", Revision()))

    def has_release(self, application: Application, named: tuple[str, ...]) -> bool:
        """Say whether the revisions that are `named` deploy the release: it is in them, and still stands there."""
        _, revision = self.of(application, named)
        return bool(revision.contains) and revision.artifact == self.artifact


class Verdict(Value):
    """What was found. `state` is what is waited for, `live` where nothing is.

    `cause` is why this release has failed, None where it has not.
    """

    checks: tuple[Check, ...]
    state: str
    cause: str | None = None

    @property
    def live(self) -> bool:
        return self.cause is None and all(check.ok for check in self.checks)
