"""What the commits of a branch did: which of them say that they are releases, and which files they changed."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tagbump.model import Commit
from tagbump.repository import commits
from tagbump.repository.cache import Cache, write
from tagbump.repository.git import GitFailed
from tagbump.repository.objects import FileChange, Objects

if TYPE_CHECKING:
    import subprocess

HEX: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CLAIM: Final = "Image: "  # what the message of every release has, and few others
_MAX_FILES: Final = 50  # tagbump changes one; a commit that changes more than this is none of its releases


@dataclass(frozen=True)
class Change:
    """A commit, and the object ids which one of its paths had before and after; None where there was no file.

    `merged` says that the commit may have come onto the branch behind a merge, and counts only if it says what it is.
    """

    commit: str
    path: str
    before: str | None
    after: str | None
    merged: bool = False


@dataclass(frozen=True)
class _Index:
    """What was found out about the commits up to `head`: those that say they are releases, newest first, `others` that
    were asked for, and the files of both. None of it can change while `head` is in the history."""

    head: str | None = None
    claims: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    files: Mapping[str, list[FileChange]] = field(default_factory=dict)


class History:
    """The commits of one remote repository."""

    def __init__(self, cache: Cache, objects: Objects) -> None:
        self._cache = cache
        self._git = cache.git
        self._objects = objects
        self._index_file = cache.directory / "releases.json"
        self._search: tuple[str, subprocess.Popen[bytes]] | None = None

    def begin(self, head: str) -> None:
        """Begin to search the commits up to `head` for claims, where all of them are to be searched."""
        if self._search is None and self._read_index().head is None:
            self._search = head, self._cache.start(*_search(head))

    def close(self) -> None:
        """End a search that nobody asked the result of."""
        if self._search is not None:
            self._search[1].kill()
            self._search[1].communicate()
            self._search = None

    def claims(self, head: str, paths: Sequence[str], also: Iterable[str]) -> list[Change]:
        """Return what those commits up to `head` did to `paths` which say that they are releases, newest first.

        After them come those of `also` that are in the history of `head`. Only what these commits changed is read, and
        each is read once.
        """
        index = known = self._read_index()
        if index.head != head:
            index = self._advanced(index, head)
        more = [name for name in dict.fromkeys(also) if name not in index.files and self.is_ancestor(name, head)]
        index = replace(index, others=(*index.others, *more))
        names = list(dict.fromkeys((*index.claims, *index.others)))
        unread = [name for name in names if name not in index.files]
        if unread:
            index = replace(index, files={**index.files, **dict(zip(unread, self._files(unread), strict=True))})
        if index != known:
            self._write_index(index)
        wanted, claimed = set(paths), set(index.claims)
        return [
            Change(name, path, before, after, merged=name in claimed)
            for name in names
            for path, before, after in index.files[name]
            if path in wanted
        ]

    def _advanced(self, index: _Index, head: str) -> _Index:
        if index.head is not None and self._objects.has(index.head):
            listing = self._git("log", "--topo-order", "-z", "--format=%H %P%x00%B", f"{index.head}..{head}", "--")
            fields = listing.decode("utf-8", "replace").split("\0")
            found = [(line.split(), body) for line, body in zip(fields[::2], fields[1::2], strict=False)]
            # Where the history was not turned back, one of the new commits stands on what was the head.
            if any(index.head in parents for (_, *parents), _ in found):
                new = tuple(names[0] for names, body in found if _CLAIM in body)
                return replace(index, head=head, claims=new + index.claims)
        return replace(index, head=head, claims=self._searched(head), others=())

    def _searched(self, head: str) -> tuple[str, ...]:
        """Return the commits up to `head` that claim to be releases, newest first."""
        if self._search is not None and self._search[0] == head:
            search, self._search = self._search[1], None
            listing, _ = search.communicate()
            if search.returncode == 0:
                return tuple(listing.decode().split())
        return tuple(self._git(*_search(head)).decode().split())

    def _files(self, names: Sequence[str]) -> list[list[FileChange]]:
        parents = [commits.read(raw).parents for raw in self._objects.read(names)]
        pairs = [(old[0] if old else None, new) for old, new in zip(parents, names, strict=True)]
        found = self._objects.changed(pairs, limit=_MAX_FILES + 1)
        return [changes if len(changes) <= _MAX_FILES else [] for changes in found]

    def _read_index(self) -> _Index:
        """Read what was found before. What is damaged was never found: it is a copy of what git has."""
        try:
            said = json.loads(self._index_file.read_bytes())
            files = {
                name: [(path, one, other) for path, one, other in changes] for name, changes in said["files"].items()
            }
            names = [said["head"], *said["claims"], *said["others"]]
            if all(HEX.fullmatch(name) for name in names) and files.keys() >= set(names[1:]):
                return _Index(said["head"], tuple(said["claims"]), tuple(said["others"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        return _Index()

    def _write_index(self, index: _Index) -> None:
        """Write what was found, whole or not at all: other processes read it at any moment."""
        text = json.dumps(
            {"head": index.head, "claims": index.claims, "others": index.others, "files": index.files},
            separators=(",", ":"),
        )
        write(self._index_file, text.encode())

    def changes(self, commit: str, paths: Sequence[str]) -> list[Change]:
        """Return what all commits up to `commit` did to `paths`, newest first: also those that say nothing of it.

        Along first parents what a merge brought in is one change, that of the merge. The changes it brought in follow
        as they were made, `merged`: a release is not undone by a merge that turns history around. Every tree of the
        history is needed for it.
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
            if HEX.fullmatch(line):
                current = line
            elif line.startswith(":"):
                _, _, before, after, _ = line.split(" ")
                found.append(Change(current, next(fields), _present(before), _present(after)))
        return found

    def between(self, old: str | None, new: str) -> tuple[Commit, ...] | None:
        """Return the commits that `new` has and `old` has not, newest first.

        `old` None stands for the empty history. None where either is not to be had.
        """
        if not self.has(new) or (old and not self.has(old)):
            return None
        listing = self._git("rev-list", new, *([f"^{old}"] if old else []), "--").decode().split()
        pairs = zip(listing, self._objects.read(listing), strict=True)
        return tuple(commits.source_commit(name, raw) for name, raw in pairs)

    def has(self, commit: str) -> bool:
        """Say whether `commit` (40 hex digits) is to be had, fetching it where the branch does not lead to it."""
        if not HEX.fullmatch(commit):
            return False
        if not self._objects.has(commit):
            try:
                with self._cache.locked():
                    self._cache.fetch(commit, only="tree:0")
            except GitFailed:
                return False
        return self._objects.is_commit(commit)

    def resolve(self, abbreviation: str) -> str | None:
        """Return the one commit that `abbreviation` (hex digits) begins, None where there is none or more than one."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{abbreviation}^{{commit}}").decode().strip()
        except GitFailed:
            return None

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


def _search(head: str) -> tuple[str, ...]:
    return "log", "--topo-order", "--fixed-strings", f"--grep={_CLAIM}", "--format=%H", head, "--"


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid
