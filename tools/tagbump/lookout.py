"""Looks out for a release: in the cluster, at the service's address, or at both."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from tagbump import live
from tagbump.cluster import asking, judgement, kubeconfig
from tagbump.cluster.model import Application, Revision, Seen, Verdict, Wanted
from tagbump.errors import ConfigurationError, Unreachable
from tagbump.model import Artifact, Check
from tagbump.patience import Desk
from tagbump.values import Value, replace

if TYPE_CHECKING:
    from tagbump.cluster.watching import Following

# What is waited for, in words; those that begin with `needs-` take a person.
STATES: Final = {
    **judgement.STATES,
    "unreachable": "waiting for the cluster to answer",
    "no-branch": "waiting for the repository to answer",
    "not-ready": "waiting for the service to be ready",
    "other-version": "waiting for the service to be the artifact",
}
_ASK_AGAIN_S: Final = 0.5  # by feel, as all of these: an answer of the service costs nothing
_GATHER_S: Final = 0.1  # what changes, changes in several places at once
_FIRST_ANSWER_S: Final = 15.0
_LOOK_S: Final = 30.0
_UNASKED: Final = Verdict(
    tuple(Check(name, ok=False, detail="not asked: the cluster has not said all") for name in ("readyz", "version")), ""
)


class Deadline(Value):
    """The moment at which time runs out, on the monotonic clock."""

    at: float

    @property
    def left(self) -> float:
        """How many seconds are left, never less than none."""
        return max(0.0, self.at - time.monotonic())


class Lookout(Protocol):
    """Somebody to ask for what is live, and to wait with until there is something new."""

    def look(self, deadline: Deadline) -> Verdict:
        """Return what is to be seen."""

    def wait(self, seconds: float) -> None:
        """Wait until it is worth looking again, at most `seconds`."""


class AtAddress:
    """Asks the service at `url`."""

    def __init__(self, url: str, artifact: Artifact) -> None:
        """Nothing is asked yet."""
        self._url = url
        self._artifact = artifact

    def look(self, deadline: Deadline) -> Verdict:
        checks = live.look(self._url, self._artifact, max(deadline.left, _ASK_AGAIN_S))
        missing = next((check.name for check in checks if not check.ok), "live")
        return Verdict(checks, {"readyz": "not-ready", "version": "other-version"}.get(missing, "live"))

    def wait(self, seconds: float) -> None:
        time.sleep(min(_ASK_AGAIN_S, seconds))


class InCluster:
    """Follows an Application, and asks the service too, once the cluster has said all, where it has an address."""

    def __init__(
        self,
        following: "Following",
        wanted: Wanted,
        revisions: Callable[[frozenset[str]], Mapping[str, Revision]],
        service: AtAddress | None,
    ) -> None:
        """`revisions` tells what git knows of the commits that it is handed."""
        self._following = following
        self._wanted = replace(wanted, vouched=service is not None)
        self._revisions = revisions
        self._desk = Desk()
        self._service = service
        self._until = Deadline(time.monotonic() + _FIRST_ANSWER_S)
        self._answered = False

    def look(self, deadline: Deadline) -> Verdict:
        """Return what is to be seen. Raises Unreachable where the cluster never answers, or says no."""
        verdict = self._followed(deadline)
        said: tuple[Check, ...] = ()
        if self._service is not None:
            told = self._service.look(deadline) if verdict.live else _UNASKED
            said = told.checks
            if not told.live:
                state = told.state if verdict.live else verdict.state
                return replace(verdict, checks=(*verdict.checks, *said), state=state)
        if verdict.live:
            verdict = self._confirmed(deadline)
        return replace(verdict, checks=(*verdict.checks, *said))

    def wait(self, seconds: float) -> None:
        if self._service is not None:
            seconds = min(seconds, 2.0)
        self._following.wait(min(seconds, 1.0))
        time.sleep(min(_GATHER_S, seconds))

    def _followed(self, deadline: Deadline) -> Verdict:
        seen = self._following.seen()
        if self._following.denied:
            hint = "the account must list and watch Applications, Rollouts, AnalysisRuns, ReplicaSets and pods there"
            raise Unreachable(self._following.denied, hint=hint)
        lost = self._following.lost
        if seen is None:
            if not self._answered and lost and not min(self._until.left, deadline.left):
                raise Unreachable(lost, hint="KUBECONFIG names the cluster")
            return _unseen(lost or "no answer yet")
        self._answered = True
        verdict = self._judged(seen)
        if lost is None or verdict.cause:
            return verdict
        first, *others = verdict.checks
        return Verdict((Check(first.name, False, lost), *others), "unreachable")

    def _judged(self, seen: Seen) -> Verdict:
        application = seen.application
        if application is not None:
            self._refuse_elsewhere(application)
        named = application.named if application else frozenset()
        wanted = replace(self._wanted, revisions=self._revisions(named))
        return judgement.judge(wanted, seen, datetime.now(UTC))

    def _confirmed(self, deadline: Deadline) -> Verdict:
        """Ask for everything once more: what was followed may be older than it looks, where a connection died."""
        from tagbump.cluster.api import Away, Denied  # noqa: PLC0415 - as below

        try:
            return self._judged(self._desk.ask(self._following.look, min(deadline.left, _LOOK_S)))
        except (Away, Denied, TimeoutError) as error:
            return _unseen(str(error) or "the cluster does not answer")

    def _refuse_elsewhere(self, application: Application) -> None:
        """Raise where the Application is not what tagbump.yaml takes it for: waiting would not change that."""
        others = self._wanted.elsewhere.intersection(application.paths)
        if others and self._wanted.overlay not in application.paths:
            raise ConfigurationError(
                f"{application.name} deploys {', '.join(sorted(others))}, and not {self._wanted.overlay}",
                hint="let `application` in tagbump.yaml name the one that deploys the overlay",
            )
        if application.destination not in (*asking.HERE, self._following.host):
            raise Unreachable(
                f"{application.name} deploys to the cluster {application.destination},"
                f" and {self._following.host} is another",
                hint="wait where KUBECONFIG leads to the cluster that has both the Application and its pods",
            )


def _unseen(said: str) -> Verdict:
    return Verdict(tuple(Check(name, ok=False, detail=said) for name in judgement.CHECKS), "unreachable")


@contextmanager
def in_cluster(
    name: str, wanted: Wanted, revisions: Callable[[frozenset[str]], Mapping[str, Revision]], service: AtAddress | None
) -> Iterator[InCluster]:
    """Give somebody who follows the Application `name` (NAMESPACE/NAME) in the cluster at hand.

    Raises Unreachable where no cluster is at hand.
    """
    if not kubeconfig.at_hand():
        raise _no_cluster(name, "no cluster is at hand")
    # Half a second to import: paid only where there is a cluster to ask.
    from tagbump.cluster.api import Api, Denied  # noqa: PLC0415
    from tagbump.cluster.watching import Following  # noqa: PLC0415

    try:
        api = Api()
    except Denied as error:
        raise _no_cluster(name, str(error)) from error
    try:
        with Following(api, name) as following:
            yield InCluster(following, wanted, revisions, service)
    finally:
        api.close()


def _no_cluster(name: str, why: str) -> Unreachable:
    return Unreachable(
        f"{name} in Argo CD says what is live, and {why}: an address alone is never enough there",
        hint="set KUBECONFIG, or leave `application` out of tagbump.yaml where no cluster is to be asked",
    )
