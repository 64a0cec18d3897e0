"""What git says of the revisions that Argo CD names: is the release in them, and what does the overlay pin there?"""

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from tagbump.cluster.model import Revision
from tagbump.errors import Unreachable
from tagbump.kustomize import pins
from tagbump.model import Environment, Release
from tagbump.patience import Desk
from tagbump.repository.git import GitFailed
from tagbump.repository.remote import Remote

_ASK_AGAIN_S: Final = 10  # for a revision that was not to be had: each time is a fetch
_PATIENCE_S: Final = 5.0


class Revisions:
    """Answers once for each revision: what a commit contains does not change."""

    def __init__(self, remote: Remote, environment: Environment, release: Release, desk: Desk) -> None:
        """Nothing is asked yet. `release` is a release of `environment`, `desk` is where the remote is asked."""
        self._remote = remote
        self._desk = desk
        self._environment = environment
        self._release = release
        self._known: dict[str, Revision] = {}
        self._asked: dict[str, float] = {}

    def of(self, names: Iterable[str]) -> Mapping[str, Revision]:
        """Return what is known of the commits called `names`, 40 hex digits each; of what is no commit, nothing."""
        for name in sorted(set(names) - self._known.keys()):
            asked = self._asked.get(name)
            if asked is not None and time.monotonic() - asked < _ASK_AGAIN_S:
                continue
            self._asked[name] = time.monotonic()
            try:
                found = self._desk.ask(partial(self._ask, name), _PATIENCE_S)
            except (GitFailed, Unreachable, TimeoutError):
                continue
            if found.contains is not None:
                self._known[name] = found
        return dict(self._known)

    def _ask(self, name: str) -> Revision:
        contains = self._remote.history.is_ancestor(self._release.commit, name)
        if not contains:
            return Revision(contains)
        paths = [f"{self._environment.overlay}/{file}" for file in pins.FILE_NAMES]
        entries = self._remote.objects.entries(name, paths)
        files = [entries[path] for path in paths if path in entries and entries[path].mode.startswith("100")]
        if len(files) != 1:
            return Revision(contains)
        text = self._remote.objects.read([files[0].oid])[0]
        return Revision(contains, pins.find_artifact(text, self._environment.image))
