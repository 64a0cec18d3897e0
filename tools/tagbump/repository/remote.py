"""One remote repository, seen through a bare cache beside which the caller's own checkout does not exist."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from tagbump import log
from tagbump.errors import Unreachable, UsageError
from tagbump.repository import addresses, cache, rejections, turns
from tagbump.repository.cache import Cache
from tagbump.repository.git import Caller, GitFailed
from tagbump.repository.history import History
from tagbump.repository.objects import Objects
from tagbump.repository.signatures import Signature
from tagbump.repository.writing import Writing

_Answer = TypeVar("_Answer")
_NEWS: Final = "blob:limit=64k"  # what a look brings beside commits: their trees, and files of a kustomization's size


class Remote:
    """Looks at the remote and pushes to it. `objects` and `history` read what was seen, `writing` makes what is new.

    `turns` are those of the writers that wait for each other.
    """

    def __init__(self, url: str, cache: Cache, caller: Caller) -> None:
        """`caller` is who commits and signs. `cache` is that of `url`."""
        self.shown = addresses.mask(url)
        self._cache = cache
        self._git = cache.git
        self.objects = Objects(cache)
        self.history = History(cache, self.objects)
        self.writing = Writing(cache, self.objects, caller)
        self.turns = turns.Turns(cache)
        self._entrance: str | None = None  # the branch that HEAD names, where it was asked for
        self._ahead: tuple[str | None, tuple[str, str]] | None = None
        self._refs: dict[str, tuple[str, str]] = {}  # kind and object id of what was fetched, as of the last look

    def look(self, branch: str) -> str:
        """Fetch `branch` and every proof, and return the branch's head, 40 hex digits.

        Raises UsageError where the remote has no such branch, Unreachable where it does not answer.
        """
        return self._look([branch])[branch]

    def arrive(self, branch: str | None) -> tuple[str, str]:
        """Look at `branch`, or at the one that is home, and return its name and its head.

        Home is what HEAD names, or the branch that was found from there the last time. Raises as `look` does.
        """
        if self._ahead is not None and self._ahead[0] == branch:
            arrived, self._ahead = self._ahead[1], None
            return arrived
        if branch is not None:
            return branch, self.look(branch)
        if (home := self._look_at_home()) is not None:
            return home
        self._entrance = self.default_branch()
        return self._entrance, self.look(self._entrance)

    def arrive_ahead(self, branch: str | None) -> None:
        """Arrive, and begin to search the history, before anybody asks: what will ask is still being loaded."""
        arrived = self.arrive(branch)
        self._ahead = branch, arrived
        self.history.begin(arrived[1])

    def _look_at_home(self) -> tuple[str, str] | None:
        """Look at the branch that was found to be home. None where nothing is remembered, or HEAD is elsewhere now."""
        try:
            entrance, home = json.loads((self._cache.directory / "home.json").read_bytes())
            heads = self._look(["HEAD", addresses.check_branch(entrance), addresses.check_branch(home)])
        except (OSError, ValueError, TypeError, UsageError, RecursionError):
            return None
        return (home, heads[home]) if heads["HEAD"] == heads[entrance] else None

    def remember_home(self, branch: str) -> None:
        """Remember that `branch` is what the branch led to that HEAD names."""
        if self._entrance is not None:
            cache.write(self._cache.directory / "home.json", json.dumps([self._entrance, branch]).encode())

    def look_deep(self, branch: str) -> None:
        """Fetch every tree of the history of `branch`, for what no commit's message tells."""
        kept = _kept(branch)
        mark = self._cache.directory / f"deep-{kept.rpartition('/')[2]}"
        if not mark.exists():
            with self._cache.locked():
                self._mending(lambda: self._cache.fetch(f"+refs/heads/{branch}:{kept}", only="blob:none", again=True))
                mark.touch()

    def _look(self, branches: list[str]) -> dict[str, str]:
        with self._cache.locked():
            self._refs = self._mending(lambda: self._fetched(branches))
        if lost := next((branch for branch in branches if _kept(branch) not in self._refs), None):
            raise Unreachable(
                f"{self.shown} did not give the history of {lost!r}",
                hint="a shallow clone has none to give: name the repository that it was cloned from, or unshallow it",
            )
        return {branch: self._refs[_kept(branch)][1] for branch in branches}

    def _mending(self, ask: Callable[[], _Answer]) -> _Answer:
        """Ask the remote, and once more where it is the cache that is at fault. To be called under its lock."""
        try:
            return ask()
        except GitFailed as error:
            if rejections.blames_the_remote(error):
                raise rejections.unreachable(self.shown, error) from error
            # Files on this side: a lock that a killed process left, objects that a full disk cut short.
            log.info("the cache in %s is damaged, and made anew: %s", self._cache.directory, error.stderr)
            self._rebuild()
        try:
            return ask()
        except GitFailed as error:
            raise rejections.unreachable(self.shown, error) from error

    def _fetched(self, branches: list[str]) -> dict[str, tuple[str, str]]:
        named = {branch: "HEAD" if branch == "HEAD" else f"refs/heads/{branch}" for branch in branches}
        refspecs = [f"+{name}:{_kept(branch)}" for branch, name in named.items()]
        # The first look takes the commits alone. From then on all that is new comes at once.
        seen = all((self._cache.directory / _kept(branch)).exists() for branch in branches)
        try:
            self._cache.fetch(*refspecs, "+refs/tags/proof/*:refs/proofs/*", only=_NEWS if seen else "tree:0")
        except GitFailed as error:
            if "couldn't find remote ref" in error.stderr:
                raise UsageError(
                    f"{self.shown} has no branch {branches[-1]!r}", hint=f"git ls-remote --heads {self.shown}"
                ) from error
            raise
        listing = self._git("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)")
        lines = (line.split(" ", 2) for line in listing.decode("utf-8", "replace").splitlines())
        return {name: (kind, oid) for kind, oid, name in lines}

    def forget(self) -> None:
        """Make the cache anew: nothing in it is believed any more."""
        with self._cache.locked():
            self._rebuild()

    def close(self) -> None:
        """End what runs beside us."""
        self.objects.close()
        self.history.close()

    def _rebuild(self) -> None:
        self.close()
        self._cache.rebuild()

    def default_branch(self) -> str:
        """Return the branch that the remote's HEAD names, else main, else master."""
        question = ("ls-remote", "--symref", "origin", "HEAD", "refs/heads/main", "refs/heads/master")
        with self._cache.locked():
            listing = self._mending(lambda: self._git(*question))
        lines = [line.split("\t") for line in listing.decode("utf-8", "replace").splitlines()]
        names = {name for _, name in lines}
        for what, name in lines:
            if name == "HEAD" and what.startswith("ref: refs/heads/"):
                return what.removeprefix("ref: refs/heads/")
        for branch in ("main", "master"):
            if f"refs/heads/{branch}" in names:
                return branch
        if not self._git("ls-remote", "--heads", "origin"):
            hint = "push a first commit to it, with tagbump.yaml at its root"
            raise UsageError(f"{self.shown} is empty: it has no branch yet", hint=hint)
        raise UsageError(f"{self.shown} has neither a main nor a master branch", hint="name one with --branch")

    def proofs(self) -> dict[str, str]:
        """Return the object ids of the annotated proof tags, as of the last look, by name (`proof/dev/...`)."""
        return {
            name.replace("refs/proofs/", "proof/", 1): oid
            for name, (kind, oid) in self._refs.items()
            if kind == "tag" and name.startswith("refs/proofs/")
        }

    def note(self, what: str, commit: str | None) -> None:
        """Note in the cache that `commit` is about to be pushed for `what`; None forgets it again."""
        if commit is None:
            self._note(what).unlink(missing_ok=True)
        else:
            cache.write(self._note(what), commit.encode())

    def noted(self, what: str) -> str | None:
        """Return the commit that was noted for `what`; None where there is none."""
        try:
            return self._note(what).read_text()
        except OSError:
            return None

    def _note(self, what: str) -> Path:
        return self._cache.directory / f"note-{what}"

    def verified(self, commits: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
        """Return the good signatures of `commits` and annotated `tags` by one of `keys`, by object id."""
        from tagbump.repository.verification import verified  # noqa: PLC0415 - most policies name no signers

        return verified(self._cache, commits, tags, keys)

    def tag(self, name: str, target: str, message: str) -> str:
        """Make the annotated tag `name` on `target` and return its object id. Nothing is pushed."""
        return self.writing.tag(name, target, message)

    def push(self, ref: str, new: str, *, expected: str | None, turn: str | None = None) -> None:
        """Set `ref` to `new` if the remote still has it at `expected` (None: not at all), and give up `turn` with it.

        Raises PushLost where it has not, Rejected where the server says no for good, Unreachable where it does not
        answer: then the push may have landed all the same.
        """
        plain = ["--porcelain", "--no-verify", "--no-recurse-submodules", f"--force-with-lease={ref}:{expected or ''}"]
        used = ["--atomic", "origin", f"{new}:{ref}", f":{turns.PREFIX}{turn}"]
        try:
            self._git("push", *plain, *(used if turn else ("origin", f"{new}:{ref}")))
        except GitFailed as error:
            if turn and rejections.blames_the_company(ref, error):
                self.push(ref, new, expected=expected)
                self.turns.leave(turn)
                return
            raise rejections.of_push(self.shown, ref, error) from error


@contextmanager
def opened(url: str, caller: Caller, *, cached: bool = True) -> Iterator[Remote]:
    """Give the repository at `url`, through the shared cache or through one that is gone afterwards."""
    addresses.check_url(url)
    with cache.opened(url, caller, kept=cached) as folder:
        remote = Remote(url, folder, caller)
        try:
            yield remote
        finally:
            remote.close()


def _kept(branch: str) -> str:
    """Return the name under which `branch` is kept, of a fixed depth: git could not keep `a` when `a/b` comes."""
    return f"refs/looks/{hashlib.sha256(branch.encode()).hexdigest()[:20]}"
