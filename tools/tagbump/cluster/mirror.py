"""Keeps what an API server has of a collection, in a thread that follows it and survives the server's absence."""

import random
import threading
import time
from collections.abc import Callable
from typing import Final

from tagbump import log
from tagbump.cluster import raw
from tagbump.cluster.api import Api, Away, Collection, Denied, Expired, Stream
from tagbump.cluster.raw import Raw

_SHORTEST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
# By feel: an API server that comes back says no to everybody until it has read its own rules of access.
_DENIED_FOR_S: Final = 30


class Mirror:
    """The objects of a collection by their names. `changed` is called, in the mirror's thread, at each difference."""

    def __init__(self, api: Api, collection: Collection, changed: Callable[[], None]) -> None:
        """Begins at once. To be ended by `end`."""
        self.collection = collection
        self._api = api
        self._changed = changed
        self._lock = threading.Lock()
        self._objects: dict[str, Raw] | None = None
        self._lost: str | None = None
        self._denied_at: float | None = None
        self._denied: str | None = None
        self._stream = Stream()
        self._thread = threading.Thread(target=self._run, name=f"mirror {collection}", daemon=True)
        self._thread.start()

    @property
    def objects(self) -> list[Raw] | None:
        """The objects, as far as is known; None until the first answer."""
        with self._lock:
            return None if self._objects is None else list(self._objects.values())

    @property
    def lost(self) -> str | None:
        """Why the objects may be out of date; None while the server is being followed."""
        return self._lost

    @property
    def denied(self) -> str | None:
        """Why there is no use in going on; None while there is."""
        return self._denied

    def end(self, until: float) -> None:
        """Stop following, and wait for the thread, `until` a moment of the monotonic clock at most.

        One that waits for an answer can't be stopped, and ends with the program.
        """
        self._stream.end()
        while self._thread.is_alive() and time.monotonic() < until:
            self._stream.end()
            self._thread.join(0.05)

    def _run(self) -> None:
        pause = _SHORTEST_PAUSE_S
        while not self._stream.over.is_set():
            try:
                version = self._list()
                pause = _SHORTEST_PAUSE_S
                while not self._stream.over.is_set():
                    version = self._follow(version)
            except Expired:
                continue
            except Denied as error:
                self._refused(str(error))
            except Away as error:
                self._denied_at = None
                self._tell_lost(str(error))
            self._stream.over.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads those who come back
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _list(self) -> str:
        found, version = self._api.read(self.collection)
        with self._lock:
            self._objects = {raw.text(item, "metadata", "name"): item for item in found}
        self._denied_at = self._lost = None
        self._changed()
        return version

    def _follow(self, version: str) -> str:
        for kind, item in self._api.follow(self.collection, version, self._stream):
            version = raw.text(item, "metadata", "resourceVersion") or version
            if kind == "BOOKMARK":
                continue
            name = raw.text(item, "metadata", "name")
            with self._lock:
                objects = self._objects if self._objects is not None else {}
                if kind == "DELETED":
                    objects.pop(name, None)
                else:
                    objects[name] = item
            self._changed()
        return version

    def _refused(self, said: str) -> None:
        """Take a no for one at the first answer; later only where it is repeated for a while."""
        now = time.monotonic()
        if self._denied_at is None:
            self._denied_at = now
        if self.objects is None or now - self._denied_at >= _DENIED_FOR_S:
            self._denied = said
            self._stream.over.set()
        self._tell_lost(said)

    def _tell_lost(self, said: str) -> None:
        log.info("%s", said)
        self._lost = said
        self._changed()
