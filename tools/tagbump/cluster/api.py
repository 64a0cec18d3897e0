"""The one door to an API server: lists a collection, and follows what changes in it."""

import json
import os
import threading
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode

import yaml
from kubernetes import client, config, watch
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import HTTPError

from tagbump import log
from tagbump.cluster import raw
from tagbump.cluster.kubeconfig import configured
from tagbump.cluster.raw import Raw
from tagbump.values import Value

CONNECT_S: Final = 5
READ_S: Final = 15  # by feel: a list of a thousand pods takes one or two
WATCH_S: Final = 25  # the server ends a watch after this, so that one that says nothing for longer is known to be dead

_GROUPS: Final = {
    "pods": "api/v1",
    "replicasets": "apis/apps/v1",
    "deployments": "apis/apps/v1",
    "applications": "apis/argoproj.io/v1alpha1",
    "rollouts": "apis/argoproj.io/v1alpha1",
    "analysisruns": "apis/argoproj.io/v1alpha1",
}


class Away(Exception):
    """The API server does not answer, or not now. It may again."""


class Expired(Exception):
    """What was last seen is too long ago to go on from: all has to be listed anew."""


class Denied(Exception):
    """The API server answers, and says no: nobody it knows, not permitted, or no such kind of thing."""


class Collection(Value):
    """Objects of one kind (`plural`) in a namespace, or the one of them that is called `name`."""

    plural: str
    namespace: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.plural}{f' {self.name}' if self.name else ''} in the namespace {self.namespace}"

    @property
    def path(self) -> str:
        """Where it is on an API server."""
        return f"/{_GROUPS[self.plural]}/namespaces/{quote(self.namespace, safe='')}/{self.plural}"


class Stream:
    """A watch that can be ended from another thread."""

    def __init__(self) -> None:
        """Nothing is asked before `Api.follow` is."""
        self.watch: Any = watch.Watch(return_type="object")  # type: ignore[no-untyped-call]
        self.over = threading.Event()

    def end(self) -> None:
        """Make the one who follows come to an end. To be repeated until that has happened: it may just be asking."""
        self.over.set()
        self.watch.stop()


class Api:
    """An API server, as KUBECONFIG or the pod's own account leads to it."""

    def __init__(self, read_s: float = READ_S) -> None:
        """Nothing is asked yet; a list may take `read_s`. Raises Denied where the configuration can't be followed."""
        self._read_s = read_s
        log.logger()  # before the libraries say anything
        self._settings = client.Configuration()
        self._settings.retries = False  # a time-out is for one try; who asks decides about the next
        where = "the pod's own account"
        try:
            # load_config() of the library would choose as well, and print about it on standard output.
            if any(path.is_file() for path in configured()):
                where = os.pathsep.join(map(str, configured()))
                config.load_kube_config(where, client_configuration=self._settings)  # type: ignore[no-untyped-call]
            else:
                config.load_incluster_config(client_configuration=self._settings)  # type: ignore[no-untyped-call]
        except (
            config.ConfigException,
            yaml.YAMLError,
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
            OSError,
        ) as error:
            raise Denied(f"the cluster's configuration ({where}) can't be used: {_first_line(error)}") from error
        self.host = str(self._settings.host)
        self._client = client.ApiClient(self._settings)

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()  # type: ignore[no-untyped-call]

    def read(self, collection: Collection) -> tuple[list[Raw], str]:
        """Return the objects of a collection as they are now, and the version from which they can be followed.

        Raises Away or Denied.
        """
        try:
            answer = self._ask(collection, read_s=self._read_s)
            try:
                found = json.loads(answer.data)
            finally:
                answer.release_conn()
        except (client.ApiException, HTTPError, OSError, ValueError) as error:
            raise _told(collection, error) from error
        return list(raw.items(found, "items")), raw.text(found, "metadata", "resourceVersion")

    def follow(self, collection: Collection, version: str, stream: Stream) -> Iterator[tuple[str, Raw]]:
        """Give what changes after `version` (ADDED, MODIFIED, DELETED, BOOKMARK) until the server ends the watch.

        Raises Away, Denied, or Expired.
        """

        def ask(*, resource_version: str, watch: bool, timeout_seconds: int, **_: object) -> Any:
            options = {"resourceVersion": resource_version, "timeoutSeconds": timeout_seconds, "watch": watch}
            return self._ask(collection, read_s=WATCH_S + READ_S, allowWatchBookmarks=True, **options)

        try:
            for event in stream.watch.stream(ask, resource_version=version, timeout_seconds=WATCH_S):
                if stream.over.is_set():
                    return
                if event is not None:
                    yield raw.text(event, "type"), raw.at(event, "raw_object") or {}
        except client.ApiException as error:
            if error.status == 410:
                raise Expired from error
            raise _told(collection, error) from error
        except (HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            raise _told(collection, error) from error

    def _ask(self, collection: Collection, *, read_s: float, **options: object) -> BaseHTTPResponse:
        """Ask for a collection, and return the answer with its body still to come.

        The library's own classes for pods and ReplicaSets take three seconds to load, and stumble over odd objects.
        """
        if collection.name:
            options["fieldSelector"] = f"metadata.name={collection.name}"
        query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items()}
        headers = {"Accept": "application/json"}
        if token := self._settings.auth_settings().get("BearerToken"):
            headers[token["key"]] = token["value"] or ""
        answer: BaseHTTPResponse = self._client.rest_client.pool_manager.request(
            "GET",
            f"{self.host}{collection.path}?{urlencode(query)}",
            headers=headers,
            timeout=Timeout(connect=min(CONNECT_S, read_s), read=read_s),
            redirect=False,
            preload_content=False,
        )
        if answer.status != 200:
            answer.release_conn()
            raise client.ApiException(status=answer.status)
        return answer


def _told(collection: Collection, error: Exception) -> Away | Denied:
    status = error.status if isinstance(error, client.ApiException) else None
    if status in (401, 403):
        why = "does not know who asks" if status == 401 else "does not permit it"
        return Denied(f"{collection}: the cluster {why} ({status})")
    if status == 404:
        return Denied(f"{collection}: the cluster has no such kind of object")
    if status is not None:
        return Away(f"{collection}: the cluster answers {status}")
    return Away(f"the cluster does not answer: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return raw.words({"": (str(error).strip() or type(error).__name__).split("\n")[0]}, "")
