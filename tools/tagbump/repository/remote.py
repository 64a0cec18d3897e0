"""One remote repository, seen through a bare cache beside which the caller's own checkout does not exist."""

import hashlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from tagbump.errors import UsageError
from tagbump.model import Commit
from tagbump.repository import addresses, cache, commits, rejections, signatures
from tagbump.repository.cache import Cache
from tagbump.repository.git import Caller, GitFailed
from tagbump.repository.signatures import Signature

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
_HEX: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FETCH: Final = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
)


@dataclass(frozen=True)
class Entry:
    """A file of a commit's tree. `mode` is git's: 100644, 100755, or 120000 for a symbolic link."""

    mode: str
    oid: str


@dataclass(frozen=True)
class Change:
    """A commit, and the object ids which one of its paths had before and after; None where there was no file.

    `merged` says that the commit came onto the branch behind a merge, and was not pushed to it itself.
    """

    commit: str
    path: str
    before: str | None
    after: str | None
    merged: bool = False


class Remote:
    """Fetches, reads, commits and pushes. Objects are named as git names them: 40 hex digits or `COMMIT:PATH`."""

    def __init__(self, url: str, cache: Cache, caller: Caller) -> None:
        """`caller` is who commits and signs. `cache` is that of `url`."""
        self.shown = addresses.mask(url)
        self._cache = cache
        self._git = cache.git
        self._signs_commits = caller.flag("commit.gpgsign")
        self._signs_tags = caller.flag("tag.gpgsign")

    # --- look ---------------------------------------------------------------------------------------------------------

    def look(self, branch: str) -> str:
        """Fetch `branch` and every proof, and return the branch's head, 40 hex digits.

        Raises UsageError where the remote has no such branch, Unreachable where it does not answer.
        """
        with self._cache.locked():
            return self._mending(lambda: self._fetched(branch))

    def _mending(self, ask: Callable[[], _Answer]) -> _Answer:
        """Ask the remote, and once more where it is the cache that is at fault. To be called under its lock."""
        try:
            return ask()
        except GitFailed as error:
            if rejections.blames_the_remote(error):
                raise rejections.unreachable(self.shown, error) from error
            # Files on this side: a lock that a killed process left, objects that a full disk cut short.
            log.info("the cache in %s is damaged, and made anew: %s", self._cache.directory, error.stderr)
            self._cache.rebuild()
        try:
            return ask()
        except GitFailed as error:
            raise rejections.unreachable(self.shown, error) from error

    def _fetched(self, branch: str) -> str:
        # Kept under a name of a fixed depth: where branch `a` gives way to `a/b`, git could not keep both.
        kept = f"refs/looks/{hashlib.sha256(branch.encode()).hexdigest()[:20]}"
        try:
            self._git(*_FETCH, "--prune", "origin", f"+refs/heads/{branch}:{kept}", "+refs/tags/proof/*:refs/proofs/*")
        except GitFailed as error:
            if "couldn't find remote ref" in error.stderr:
                raise UsageError(
                    f"{self.shown} has no branch {branch!r}", hint=f"git ls-remote --heads {self.shown}"
                ) from error
            raise
        return self._git("rev-parse", "--verify", kept).decode().strip()

    def forget(self) -> None:
        """Make the cache anew: nothing in it is believed any more."""
        with self._cache.locked():
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
        raise UsageError(f"{self.shown} has neither a main nor a master branch", hint="name one with --branch")

    def proofs(self) -> dict[str, str]:
        """Return the object ids of the annotated proof tags, as of the last look, by name (`proof/dev/...`)."""
        form = "--format=%(objecttype) %(objectname) %(refname)"
        listing = self._git("for-each-ref", form, "refs/proofs/").decode("utf-8", "replace")
        lines = (line.split(" ", 2) for line in listing.splitlines())
        return {name.replace("refs/proofs/", "proof/", 1): oid for kind, oid, name in lines if kind == "tag"}

    # --- read ---------------------------------------------------------------------------------------------------------

    def objects(self, oids: Sequence[str]) -> list[bytes]:
        """Return the contents of the objects, in order. Raises GitFailed where one is not there: nothing is guessed."""
        if not oids:
            return []
        output = self._git("cat-file", "--batch", input="".join(f"{oid}\n" for oid in oids).encode())
        found: list[bytes] = []
        position = 0
        for oid in oids:
            end = output.index(b"\n", position)
            header = output[position:end].split(b" ")
            position = end + 1
            if len(header) != 3 or not header[2].isdigit():
                raise GitFailed(["cat-file"], 128, "", f"{oid} is not in the cache")
            size = int(header[2])
            found.append(output[position : position + size])
            position += size + 1
        return found

    def entries(self, commit: str, paths: Sequence[str], *, below: bool = False) -> dict[str, Entry]:
        """Return those of `paths` that are there in `commit`, or, `below`, every file under them.

        A path behind a symbolic link is not there.
        """
        options = ("ls-tree", "-z", "--full-tree", *(("-r",) if below else ()))
        listing = self._git("--literal-pathspecs", *options, commit, "--", *paths)
        found = {}
        for line in filter(None, listing.split(b"\0")):
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            found[path.decode("utf-8", "surrogateescape")] = Entry(mode, oid)
        return found

    def changes(self, commit: str, paths: Sequence[str]) -> list[Change]:
        """Return what the commits up to `commit` did to `paths`, newest first.

        Along first parents what a merge brought in is one change, that of the merge. The changes it brought in follow
        as they were made, `merged`: a release is not undone by a merge that turns history around.
        """
        landed = self._changes(commit, paths, "--first-parent", "--diff-merges=first-parent")
        own = {change.commit for change in landed}
        every = self._changes(commit, paths, "--full-history", "--no-merges")
        merged = [replace(change, merged=True) for change in every if change.commit not in own]
        if not merged:
            return landed
        order = self._git("rev-list", "--topo-order", commit).decode().split()
        place = {name: position for position, name in enumerate(order)}
        return sorted([*landed, *merged], key=lambda change: place[change.commit])

    def _changes(self, commit: str, paths: Sequence[str], *options: str) -> list[Change]:
        listing = self._git(
            "--literal-pathspecs", "log", "--root", "--topo-order", *options, "--raw", "-z",
            "--no-abbrev", "--no-renames", "--format=%H", commit, "--", *paths,
        )  # fmt: skip
        found = []
        current = ""
        fields = iter(listing.decode("utf-8", "surrogateescape").split("\0"))
        for text in fields:
            line = text.strip("\n")
            if _HEX.fullmatch(line):
                current = line
            elif line.startswith(":"):
                _, _, before, after, _ = line.split(" ")
                found.append(Change(current, next(fields), _present(before), _present(after)))
        return found

    def commits_between(self, old: str | None, new: str) -> tuple[Commit, ...] | None:
        """Return the commits that `new` has and `old` has not, newest first.

        `old` None stands for the empty history. None where either is not to be had.
        """
        if not self.has(new) or (old and not self.has(old)):
            return None
        listing = self._git("rev-list", new, *([f"^{old}"] if old else []), "--").decode().split()
        pairs = zip(listing, self.objects(listing), strict=True)
        return tuple(commits.source_commit(name, raw) for name, raw in pairs)

    def has(self, commit: str) -> bool:
        """Say whether `commit` (40 hex digits) is to be had, fetching it where the branch does not lead to it."""
        if not _HEX.fullmatch(commit):
            return False
        for fetched in (False, True):
            try:
                if fetched:
                    self._git(*_FETCH, "origin", commit)
                return self._git("cat-file", "-t", commit) == b"commit\n"
            except GitFailed:
                continue
        return False

    def resolve(self, abbreviation: str) -> str | None:
        """Return the one commit that `abbreviation` (hex digits) begins, None where there is none or more than one."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{abbreviation}^{{commit}}").decode().strip()
        except GitFailed:
            return None

    def signatures(self, commit_names: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
        """Return the good signatures of the commits and annotated `tags` (object ids), by object id.

        `keys` are the signers that count: an SSH key that is not among them is not known to git here.
        """
        found = {}
        with tempfile.NamedTemporaryFile("w", prefix="tagbump-") as known:
            known.write(signatures.allowed_signers(keys))
            known.flush()
            setting = ("-c", f"gpg.ssh.allowedSignersFile={known.name}")
            if commit_names:
                form = "--format=%H%x09%G?%x09%GF%x09%GP"
                listing = self._git(
                    *setting, "log", "--no-walk", form, "--stdin", input="\n".join(commit_names).encode()
                )
                for line in listing.decode().splitlines():
                    name, *verdict = line.split("\t")
                    if signature := signatures.of_commit(*verdict):
                        found[name] = signature
            for name in tags:
                with suppress(GitFailed):  # no signature, or none that is good
                    said = self._git(*setting, "verify-tag", "--raw", name, words=True)
                    if signature := signatures.of_tag(said.decode("utf-8", "replace")):
                        found[name] = signature
        return found

    def is_ancestor(self, old: str, new: str) -> bool | None:
        """Say whether `new` has `old` in its history; None where either is not to be had."""
        if not self.has(old) or not self.has(new):
            return None
        try:
            self._git("merge-base", "--is-ancestor", old, new)
        except GitFailed as error:
            if error.status == 1:
                return False
            raise
        return True

    # --- write --------------------------------------------------------------------------------------------------------

    def commit(self, parent: str, path: str, content: bytes, message: str) -> str:
        """Make the commit on `parent` that gives the file `path` (which is there) `content`. Nothing is pushed."""
        mode = self.entries(parent, [path])[path].mode
        blob = self._git("hash-object", "-w", "--stdin", input=content).decode().strip()
        with tempfile.TemporaryDirectory(prefix="tagbump-") as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self._git("read-tree", parent, extra=index)
            self._git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", extra=index)
            tree = self._git("write-tree", "--missing-ok", extra=index).decode().strip()
        sign = ["--gpg-sign"] if self._signs_commits else []
        return self._made("commit-tree", *sign, "-p", parent, tree, message=message, signed=self._signs_commits)

    def tag(self, name: str, target: str, message: str) -> str:
        """Make the annotated tag `name` on `target` and return its object id. Nothing is pushed."""
        kind = "--sign" if self._signs_tags else "--annotate"
        self._made("tag", kind, "--force", "--file=-", name, target, message=message, signed=self._signs_tags)
        return self._git("rev-parse", "--verify", f"refs/tags/{name}").decode().strip()

    def _made(self, *arguments: str, message: str, signed: bool) -> str:
        try:
            return self._git(*arguments, input=message.encode()).decode().strip()
        except GitFailed as error:
            if any(words in error.stderr for words in ("tell me who you are", "empty ident", "no email was given")):
                hint = "git config --global user.name NAME; git config --global user.email ADDRESS"
                raise UsageError("git does not know who you are, and a release says who made it", hint=hint) from error
            if signed:
                hint = "git config --get-regexp 'gpg|sign' says which key git is to take"
                raise UsageError(f"git is set to sign, and cannot: {error.stderr}", hint=hint) from error
            raise

    def push(self, ref: str, new: str, *, expected: str | None) -> None:
        """Set `ref` to `new` if the remote still has it at `expected` (None: not at all).

        Raises PushLost where it has not, Rejected where the server says no for good, Unreachable where it does not
        answer: then the push may have landed all the same.
        """
        lease = f"--force-with-lease={ref}:{expected or ''}"
        try:
            self._git("push", "--porcelain", "--no-verify", "--no-recurse-submodules", lease, "origin", f"{new}:{ref}")
        except GitFailed as error:
            raise rejections.of_push(self.shown, ref, error) from error


@contextmanager
def opened(url: str, caller: Caller, *, cached: bool = True) -> Iterator[Remote]:
    """Give the repository at `url`, through the shared cache or through one that is gone afterwards."""
    addresses.check_url(url)
    with cache.opened(url, caller, kept=cached) as folder:
        yield Remote(url, folder, caller)


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid
