"""The bare repository in which a remote is seen: where it is, how git runs in it, and how it is made anew."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tagbump.repository import addresses, git, rejections
from tagbump.repository.git import Caller, GitFailed

if TYPE_CHECKING:
    import subprocess

_LOCK: Final = "tagbump.lock"
_COMPLETE: Final = "tagbump-2"  # there when everything else is; the number is that of the layout
_MAX_PACKS: Final = 200  # each look that brings news leaves one, and reading asks each of them; chosen by feel
_FETCH: Final = (
    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules",
)  # fmt: skip
# Told to `fetch` alone, and never written down: every other command would fetch what it misses, one object at a time.
_PARTIAL: Final = (("remote.origin.promisor", "true"), ("remote.origin.partialclonefilter", "tree:0"))


class Cache:
    """A bare repository of our own. The caller's checkout, index and branches do not exist for it."""

    def __init__(self, directory: Path, url: str, caller: Caller) -> None:
        """`directory` is made. `caller` says who signs in at `url`, and who commits."""
        self.directory = directory
        self.shown = addresses.mask(url)
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
        # Not even `fetch` itself may fetch what it misses: from a remote that is a shallow clone that has no end.
        self._fetching = git.environment({"GIT_NO_LAZY_FETCH": "1"}, _PARTIAL, base=self._environment)
        # By name, and telling nothing of what is here: the server would take it that all of that history is.
        self._by_name = git.environment({}, [("fetch.negotiationalgorithm", "noop")], base=self._fetching)
        with self.locked():
            if not (directory / _COMPLETE).exists() or len(list(directory.glob("objects/pack/*.pack"))) > _MAX_PACKS:
                self.rebuild()

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

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start git in the cache, to be spoken to through its pipes."""
        return git.start(*arguments, env=self._environment, cwd=self.directory)

    def fetch(self, *refspecs: str, only: str | None = None, again: bool = False) -> None:
        """Fetch `refspecs`, pruning. `only` is a filter of git's for what comes with the commits; None takes all.

        `again` fetches what is there already, too. To be called under `locked`.
        """
        options = [f"--filter={only}" if only else "--no-filter", *(["--refetch"] if again else [])]
        git.run(*_FETCH, "--prune", *options, "origin", *refspecs, env=self._fetching, cwd=self.directory)

    def fetch_objects(self, oids: Sequence[str]) -> None:
        """Fetch objects by name: trees with all trees below them, and files. What the remote has not stays missing.

        To be called under `locked`. Raises Unreachable where the remote does not answer.
        """
        names = "".join(f"{oid}\n" for oid in oids).encode()
        try:
            git.run(
                *_FETCH, "--filter=blob:none", "--stdin", "origin",
                env=self._by_name, cwd=self.directory, input=names,
            )  # fmt: skip
        except GitFailed as error:
            if rejections.blames_the_remote(error):
                raise rejections.unreachable(self.shown, error) from error
            if "unadvertised object" in error.stderr:  # a server of old: it gives out whole branches and nothing else
                self.fetch("+refs/heads/*:refs/whole/*", again=True)
            elif "not our ref" not in error.stderr:
                raise  # it is this side that can't keep them: a full disk, a killed process

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes that share the cache from fetching into it. A killed process holds no lock."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # what stands in it is believed
        with (self.directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rebuild(self) -> None:
        """Empty the cache. To be called under `locked`: what the lock stands in stays."""
        import shutil  # noqa: PLC0415 - a bump that finds its cache in order does not need it

        for path in self.directory.iterdir():
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self._make()

    def _make(self) -> None:
        self.git("init", "--quiet", "--bare", "--template=")  # not what people want in repositories of their own
        (self.directory / _COMPLETE).touch()


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all: others read it at any moment, and a killed process leaves the one before."""
    draft = path.with_name(f"tmp_obj_{os.getpid()}_{os.urandom(4).hex()}")  # a name that `git gc` clears away
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
            file.write(content)
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say which
        raise


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
    import shutil  # noqa: PLC0415 - as above
    import tempfile  # noqa: PLC0415

    scratch = tempfile.mkdtemp(prefix="tagbump-")
    try:
        yield Cache(Path(scratch), url, caller)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
