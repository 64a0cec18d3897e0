"""Follows an Application and all that it deploys, and puts what is known of it into one picture."""

import threading
import time
from collections.abc import Callable, Container, Iterable
from types import TracebackType
from typing import Final, Self

from tagbump.cluster import raw, reading, workloads
from tagbump.cluster.api import Api, Collection
from tagbump.cluster.mirror import Mirror
from tagbump.cluster.model import Kind, Resource, Seen
from tagbump.cluster.raw import Raw
from tagbump.values import replace

_END_S: Final = 1.0  # by feel

Objects = Callable[[Collection], list[Raw]]


def picture(name: str, objects: Objects) -> Seen:
    """Put together what `objects` gives of each collection that is looked at."""
    seen = deployed(name, objects)
    if seen.application is None:
        return seen
    everywhere = _namespaces(seen.application.workloads, "Rollout", "Deployment")
    return replace(
        seen,
        replica_sets=tuple(map(reading.replica_set, _all("replicasets", everywhere, objects))),
        pods=tuple(map(reading.pod, _all("pods", everywhere, objects))),
        analysis_runs=tuple(
            map(reading.analysis_run, _all("analysisruns", _namespaces(seen.application.workloads, "Rollout"), objects))
        ),
    )


def deployed(name: str, objects: Objects) -> Seen:
    """Put together the Application and its workloads alone."""
    found = objects(home(name))
    if not found:
        return Seen(None)
    application = reading.application(found[0])
    named = set(application.workloads)
    rollouts = _by_name(_all("rollouts", _namespaces(named, "Rollout"), objects), "Rollout", named)
    # A Deployment that a Rollout refers to lends its template, and runs nothing itself.
    lent = {
        Resource("Deployment", resource.namespace, reference): resource
        for resource, rollout in rollouts.items()
        if (reference := workloads.referred_to(rollout))
    }
    named |= lent.keys()
    deployments = _by_name(_all("deployments", _namespaces(named, "Deployment"), objects), "Deployment", named)
    templates = {lent[resource]: found for resource, found in deployments.items() if resource in lent}
    return Seen(
        replace(application, workloads=tuple(w for w in application.workloads if w not in lent)),
        (
            *(workloads.rollout(found, templates.get(resource)) for resource, found in rollouts.items()),
            *(workloads.deployment(found) for resource, found in deployments.items() if resource not in lent),
        ),
    )


def home(name: str) -> Collection:
    """Return the collection that the Application NAMESPACE/NAME is alone in."""
    namespace, _, own = name.partition("/")
    return Collection("applications", namespace, own)


def _namespaces(named: Iterable[Resource], *kinds: Kind) -> list[str]:
    return sorted({resource.namespace for resource in named if resource.kind in kinds})


def _all(plural: str, namespaces: Iterable[str], objects: Objects) -> list[Raw]:
    return [item for namespace in namespaces for item in objects(Collection(plural, namespace))]


def _by_name(found: Iterable[Raw], kind: Kind, named: Container[Resource]) -> dict[Resource, Raw]:
    """Return those of the objects that are `named`."""
    resources = (
        (Resource(kind, raw.text(item, "metadata", "namespace"), raw.text(item, "metadata", "name")), item)
        for item in found
    )
    return {resource: item for resource, item in resources if resource in named}


class Following:
    """A picture of an Application that changes with the cluster. Every collection in it is followed by a thread."""

    def __init__(self, api: Api, name: str) -> None:
        """`name` is NAMESPACE/NAME. To be used as a context."""
        self._api = api
        self._name = name
        self._mirrors: dict[Collection, Mirror] = {}
        self._news = threading.Event()

    def __enter__(self) -> Self:
        self._mirror(home(self._name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        until = time.monotonic() + _END_S
        for mirror in self._mirrors.values():
            mirror.end(until)

    def wait(self, seconds: float) -> None:
        """Wait until something has changed since the last picture, at most `seconds`."""
        self._news.wait(seconds)

    @property
    def host(self) -> str:
        """The address of the API server."""
        return self._api.host

    def look(self) -> Seen:
        """Ask for all of it anew, now. Raises Away or Denied."""
        return picture(self._name, lambda collection: self._api.read(collection)[0])

    def seen(self) -> Seen | None:
        """Return the picture as far as it is known; None until there was an answer for every part of it."""
        self._news.clear()
        missing = False

        def objects(collection: Collection) -> list[Raw]:
            nonlocal missing
            found = self._mirror(collection).objects
            missing = missing or found is None
            return found or []

        seen = picture(self._name, objects)
        return None if missing else seen

    @property
    def lost(self) -> str | None:
        """Why the picture may be out of date; None while all of it is being followed."""
        return next((mirror.lost for mirror in self._mirrors.values() if mirror.lost), None)

    @property
    def denied(self) -> str | None:
        """Why there is no use in going on; None while there is."""
        return next((mirror.denied for mirror in self._mirrors.values() if mirror.denied), None)

    def _mirror(self, collection: Collection) -> Mirror:
        if collection not in self._mirrors:
            self._mirrors[collection] = Mirror(self._api, collection, self._news.set)
        return self._mirrors[collection]
