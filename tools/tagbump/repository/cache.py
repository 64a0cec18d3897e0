"""The bare repository in which a remote is seen: where it is, how git runs in it, and how it is made anew."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tagbump.repository import addresses, git
from tagbump.repository.git import Caller

_LOCK: Final = "tagbump.lock"
_COMPLETE: Final = "tagbump"  # there when everything else is


class Cache:
    """A bare repository of our own. The caller's checkout, index and branches do not exist for it."""

    def __init__(self, directory: Path, url: str, caller: Caller) -> None:
        """`directory` is made. `caller` says who signs in at `url`, and who commits."""
        self.directory = directory
        self._environment = git.environment(
            {"GIT_DIR": str(directory)},
            [
                # The address is told anew at each call, and never written down: it may carry a password.
                ("remote.origin.url", url),
                # What git prints and writes is read again: settings for people's eyes must not change it, and hooks
                # for people's repositories have no business here.
                ("log.showsignature", "false"),
                ("i18n.logoutputencoding", "utf-8"),
                ("i18n.commitencoding", "utf-8"),
                ("diff.orderfile", "/dev/null"),
                ("core.hookspath", "/dev/null"),
                ("color.ui", "false"),
                ("gc.auto", "0"),
                ("push.followtags", "false"),
                ("http.lowspeedlimit", "1"),
                ("http.lowspeedtime", "60"),
                *caller.identity(),
            ],
        )
        with self.locked():
            if not (directory / _COMPLETE).exists():
                self._make()

    def git(
        self,
        *arguments: str,
        input: bytes = b"",  # noqa: A002 - the name subprocess gives it
        extra: Mapping[str, str] | None = None,
        words: bool = False,
    ) -> bytes:
        """Run git in the cache, `extra` variables set, and return what `git.run` returns."""
        env = {**self._environment, **(extra or {})}
        return git.run(*arguments, env=env, cwd=self.directory, input=input, words=words)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes that share the cache from fetching into it. A killed process holds no lock."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rebuild(self) -> None:
        """Empty the cache. To be called under `locked`: what the lock stands in stays."""
        for path in self.directory.iterdir():
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self._make()

    def _make(self) -> None:
        self.git("init", "--quiet", "--bare")
        (self.directory / _COMPLETE).touch()


def directory_of(url: str) -> Path:
    """Return the folder in which the repository at `url` is cached. Its name gives no credential away."""
    # The specification has a relative path ignored; it would be one in the caller's checkout.
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = named if named.startswith("/") else Path.home() / ".cache"
    name = hashlib.sha256(addresses.without_credentials(url).encode()).hexdigest()[:20]
    return Path(home) / "tagbump" / name


@contextmanager
def opened(url: str, caller: Caller, *, kept: bool) -> Iterator[Cache]:
    """Give the cache of the repository at `url`: the shared one, or, not `kept`, one that is gone afterwards."""
    if kept:
        yield Cache(directory_of(url), url, caller)
        return
    scratch = tempfile.mkdtemp(prefix="tagbump-")
    try:
        yield Cache(Path(scratch), url, caller)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
