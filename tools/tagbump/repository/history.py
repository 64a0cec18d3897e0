"""What the commits of a branch did: which of them say that they are releases, and which files they changed."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tagbump.model import Commit
from tagbump.repository import claims, commits
from tagbump.repository.cache import Cache
from tagbump.repository.claims import HEX, FileChange, Index
from tagbump.repository.git import GitFailed
from tagbump.repository.objects import Entry, Objects
from tagbump.values import Value, replace

if TYPE_CHECKING:
    import subprocess

_FEW: Final = 20  # by feel: git answers for any number of commits in the time that it takes to start
_MAX_FILES: Final = 50  # tagbump changes one; a commit that changes more than this is none of its releases


class Touched(Value):
    """A commit, and the object ids which one of its paths had before and after; None where there was no file.

    `landed` is the commit of the branch's own line that brought it there: itself, or the merge it came behind.
    """

    commit: str
    path: str
    before: str | None
    after: str | None
    landed: str

    @property
    def merged(self) -> bool:
        """Say whether it came behind a merge: the branch itself never was in the state that it made."""
        return self.commit != self.landed


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
        if self._search is None and Index.read(self._index_file).head is None:
            self._search = head, self._cache.start(*claims.search(head))

    def close(self) -> None:
        """End a search that nobody asked the result of."""
        if self._search is not None:
            self._search[1].kill()
            self._search[1].communicate()
            self._search = None

    def claims(self, head: str, paths: Sequence[str], also: Iterable[str] = ()) -> list[Touched]:
        """Return what those commits up to `head` did to `paths` which say that they are releases, newest first.

        Of those that came behind a merge only rollbacks are among them: who may have a branch merged may bind what
        comes after, and grant nothing. After them come those of `also` that are on the branch's own line. Only what
        these commits changed is read, and each is read once. One of `also` that a look did not bring is not asked for.
        """
        index = known = Index.read(self._index_file)
        if index.head != head:
            index = self._advanced(index, head)
        if unread := [name for name, _ in index.claims if name not in index.files]:
            index = replace(index, files={**index.files, **self._files(unread)})
        wanted = set(paths)
        found = [
            Touched(name, path, before, after, landed)
            for name, landed in index.claims
            for path, before, after in index.files[name] or ()
            if path in wanted
        ]
        more = set(also) - {touched.commit for touched in found}
        index = self._placed(index, head, more)
        if index != known:
            index.write(self._index_file)
        return found + self._at(sorted(more & index.others), paths)

    def _advanced(self, index: Index, head: str) -> Index:
        if index.head is not None and self._objects.has(index.head):
            listing = self._few(head, index.head) or self._git(*claims.search(f"{index.head}..{head}"))
            new = claims.claimed(listing, head, onto=index.head)
            if new is not None:
                elsewhere = index.elsewhere - claims.listed(listing)
                return replace(index, head=head, claims=(*new, *index.claims), elsewhere=elsewhere)
        # The first time, or the branch does not go on from where it was.
        return Index(head, claims.claimed(self._searched(head), head) or (), files=index.files)

    def _few(self, head: str, onto: str) -> bytes | None:
        """Return what a search from `onto` to `head` finds, by the process that reads; None where that is a long way.

        Between two bumps there are a few commits, and git would take longer to start than to find them.
        """
        entries: list[bytes] = []
        for _ in range(_FEW):
            if head == onto:
                return b"\0".join(entries)
            if not self._objects.is_commit(head):
                return None
            raw = self._objects.read([head])[0]
            above = re.match(rb"tree [0-9a-f]{40}\nparent ([0-9a-f]{40})\nauthor ", raw)
            if above is None or b"\0" in raw:
                return None
            entries.append(b"%s %s\n%s" % (head.encode(), above[1], raw))
            head = above[1].decode()
        return None

    def _searched(self, head: str) -> bytes:
        if self._search is not None and self._search[0] == head:
            search, self._search = self._search[1], None
            listing, _ = search.communicate()
            if search.returncode == 0:
                return listing
        return self._git(*claims.search(head))

    def _files(self, names: Sequence[str]) -> dict[str, list[FileChange] | None]:
        parents = [commits.read(raw).parents for raw in self._objects.read(names)]
        found = self._objects.changed({new: old[0] if old else None for new, old in zip(names, parents, strict=True)})
        return {name: changes if len(changes) <= _MAX_FILES else None for name, changes in found.items()}

    def _placed(self, index: Index, head: str, names: set[str]) -> Index:
        """Find out which of `names` are on the branch's line: of all of them at once, anybody may push tags."""
        new = names - index.others - index.elsewhere
        asked = self._objects.commits(name for name in new if HEX.fullmatch(name))
        if not asked:
            return index
        line = set(self._git("rev-list", "--first-parent", head, "--").decode().split())
        return replace(index, others=index.others | asked & line, elsewhere=index.elsewhere & names | asked - line)

    def _at(self, names: Sequence[str], paths: Sequence[str]) -> list[Touched]:
        first = {
            name: next(iter(commits.read(raw).parents), None)
            for name, raw in zip(names, self._objects.read(names), strict=True)
        }
        self._objects.fetch_trees([*names, *filter(None, first.values())])
        found = []
        for name, parent in first.items():
            after = self._objects.entries(name, paths)
            before = self._objects.entries(parent, paths) if parent else {}
            differ = [path for path in paths if before.get(path) != after.get(path)]
            found += [Touched(name, path, _oid(before.get(path)), _oid(after.get(path)), name) for path in differ]
        return found

    def touched(self, head: str, paths: Sequence[str]) -> list[Touched]:
        """Return what the branch's own line up to `head` did to `paths`, newest first: also what says nothing of it.

        What a merge brought in is one, that of the merge; the rollbacks that came behind it follow, as in
        `claims`. Every tree of that line is needed for it.
        """
        own = self._touched(head, paths, "--first-parent", "--diff-merges=first-parent")
        behind = [touched for touched in self.claims(head, paths) if touched.merged]
        if not behind:
            return own
        line = self._git("rev-list", "--first-parent", head, "--").decode().split()
        place = {name: position for position, name in enumerate(line)}
        return sorted([*own, *behind], key=lambda touched: (place[touched.landed], touched.merged))

    def _touched(self, commit: str, paths: Sequence[str], *options: str) -> list[Touched]:
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
                found.append(Touched(current, next(fields), _present(before), _present(after), current))
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


def _oid(entry: Entry | None) -> str | None:
    return None if entry is None else entry.oid


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid
