"""Reads git's objects from a cache that may lack some of them, and writes the few that a release needs.

A cache has the history's commits, the trees of the commits that were asked for, and hardly any file. What is missing is
fetched when it is read: all of it at once, by name. git's own way, one object at a time and in whichever process first
misses it, is kept out: see docs/decisions.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tagbump.repository.cache import Cache, write
from tagbump.repository.claims import FileChange
from tagbump.repository.git import GitFailed
from tagbump.values import Value

if TYPE_CHECKING:
    import subprocess

_AT_ONCE: Final = 1000  # names that fit into a pipe: git reads on while its answers wait for us
_TREE: Final = "040000"


class Entry(Value):
    """A file of a commit's tree. `mode` is git's: 100644, 100755, or 120000 for a symbolic link."""

    mode: str
    oid: str

    @property
    def is_tree(self) -> bool:
        return self.mode == _TREE


class Objects:
    """The objects of one remote repository, by their names: 40 hex digits."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._reader: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, dict[str, Entry]] = {}

    def close(self) -> None:
        """End the process that reads."""
        if self._reader is not None:
            self._reader.kill()
            self._reader.communicate()
            self._reader = None

    def read(self, oids: Sequence[str]) -> list[bytes]:
        """Return the contents of the objects, in order. Raises GitFailed where one is not to be had."""
        found = self._look_up(oids)
        if missing := sorted(set(oids) - found.keys()):
            with self._cache.locked():
                self._cache.fetch_objects(missing)
            found |= self._look_up(missing)
        if lost := next((oid for oid in oids if oid not in found), None):
            raise GitFailed(["cat-file"], 128, "", f"{lost} is not in the cache, and the remote does not give it")
        return [found[oid] for oid in oids]

    def has(self, oid: str) -> bool:
        """Say whether the object is in the cache now."""
        return bool(self._look_up([oid]))

    def is_commit(self, oid: str) -> bool:
        """Say whether the object is in the cache now, and a commit."""
        return bool(self.commits([oid]))

    def commits(self, oids: Iterable[str]) -> set[str]:
        """Return those of `oids` that are in the cache now, and commits."""
        return {oid for oid, raw in self._look_up(sorted(oids)).items() if raw.startswith(b"tree ")}

    def entries(self, commit: str, paths: Iterable[str], *, below: bool = False) -> dict[str, Entry]:
        """Return those of `paths` that are there in `commit`, or, `below`, every file under them.

        A path behind a symbolic link is not there.
        """
        wanted = sorted({path.strip("/") for path in paths})
        there = {"": Entry(_TREE, self.root(commit))}
        for depth in range(1 + max((path.count("/") for path in wanted), default=-1)):
            steps = {tuple(path.split("/")[: depth + 1]) for path in wanted if path.count("/") >= depth}
            folders = {step: there.get("/".join(step[:-1])) for step in steps}
            self._load(folder.oid for folder in folders.values() if folder is not None and folder.is_tree)
            for step, folder in folders.items():
                if folder is not None and folder.is_tree and step[-1] in self._trees[folder.oid]:
                    there["/".join(step)] = self._trees[folder.oid][step[-1]]
        found = {path: there[path] for path in wanted if path in there}
        return dict(self._files(found)) if below else found

    def _files(self, found: Mapping[str, Entry]) -> Iterator[tuple[str, Entry]]:
        """Give the files among `found` and those below its folders."""
        while found:
            folders = {path: entry for path, entry in found.items() if entry.is_tree}
            self._load(entry.oid for entry in folders.values())
            yield from ((path, entry) for path, entry in found.items() if not entry.is_tree)
            found = {f"{path}/{n}": e for path, entry in folders.items() for n, e in self._trees[entry.oid].items()}

    def changed(self, commits: Mapping[str, str | None]) -> dict[str, list[FileChange]]:
        """Return for each of `commits` the files in which it differs from the one beside it; None is the empty tree."""
        if not commits:
            return {}
        roots = self.fetch_trees([name for pair in commits.items() for name in pair if name is not None])
        try:
            return self._differences(commits)
        except GitFailed:
            # A tree was there, and one below it was not: a look brings what is new, and not what it goes by.
            with self._cache.locked():
                self._cache.fetch_objects(roots)
            return self._differences(commits)

    def fetch_trees(self, commits: Sequence[str]) -> list[str]:
        """Fetch what is missing of the trees of `commits`, with all that is below them, and return their names."""
        roots = sorted(set(map(_root, commits, self.read(commits))))
        self.read(roots)  # in one journey
        return roots

    def _differences(self, commits: Mapping[str, str | None]) -> dict[str, list[FileChange]]:
        lines = "".join(f"{new} {old}\n" if old else f"{new}\n" for new, old in commits.items())
        listing = self._cache.git(
            "diff-tree", "--stdin", "--root", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", input=lines.encode()
        )
        found: dict[str, list[FileChange]] = {name: [] for name in commits}
        current = ""
        fields = iter(listing.decode("utf-8", "surrogateescape").split("\0"))
        for line in fields:
            if line.startswith(":"):
                _, _, before, after, _ = line.split(" ")
                found[current].append((next(fields), _present(before), _present(after)))
            elif line:
                current = line
        return found

    def root(self, commit: str) -> str:
        """Return the tree of a commit."""
        return _root(commit, self.read([commit])[0])

    def replaced(self, commit: str, path: str, content: bytes) -> str:
        """Write what `commit` would be if the file `path`, which is there, had `content`; return the tree's name."""
        folders = ["/".join(path.split("/")[:depth]) for depth in range(path.count("/") + 1)]
        tree_of = {**self.entries(commit, folders[1:]), "": Entry(_TREE, self.root(commit))}
        new = self._write(b"blob", content)
        for folder in reversed(folders):
            name = path.removeprefix(f"{folder}/").split("/")[0].encode()
            tree = self.read([tree_of[folder].oid])[0]
            start = next(at for at, _, found, _ in _records(tree) if found == name)
            end = tree.index(b"\0", start) + 1
            new = self._write(b"tree", tree[:end] + bytes.fromhex(new) + tree[end + 20 :])
        return new

    def _load(self, oids: Iterable[str]) -> None:
        wanted = sorted(set(oids) - self._trees.keys())
        for oid, data in zip(wanted, self.read(wanted), strict=True):
            tree = self._trees[oid] = {}
            for _, mode, name, entry in _records(data):
                # A tree made by hand may hold a name twice: git goes by the first.
                tree.setdefault(name.decode("utf-8", "surrogateescape"), Entry(mode.decode().zfill(6), entry))

    def _look_up(self, oids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        wanted = list(dict.fromkeys(oids))
        for start in range(0, len(wanted), _AT_ONCE):
            reader = self._started()
            assert reader.stdin  # noqa: S101 - it and
            assert reader.stdout  # noqa: S101 - this are pipes
            some = wanted[start : start + _AT_ONCE]
            try:
                reader.stdin.write("".join(f"{oid}\n" for oid in some).encode())
                reader.stdin.flush()
                for oid in some:
                    header = reader.stdout.readline().split()
                    if len(header) == 3:
                        found[oid] = reader.stdout.read(int(header[2]) + 1)[:-1]
                    elif header[1:] != [b"missing"]:
                        raise self._failed()
            except OSError as error:
                raise self._failed() from error
        return found

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._reader is None:
            self._reader = self._cache.start("cat-file", "--batch")
        return self._reader

    def _failed(self) -> GitFailed:
        reader = self._started()
        reader.kill()
        said = reader.communicate()[1] or b""
        self._reader = None
        return GitFailed(["cat-file", "--batch"], reader.returncode or 128, "", said.decode("utf-8", "replace"))

    def _write(self, kind: bytes, content: bytes) -> str:
        """Write a loose object, whole or not at all, as git itself does."""
        whole = kind + b" %d\0" % len(content) + content
        oid = hashlib.sha1(whole).hexdigest()  # noqa: S324 - git's name for it
        target = self._cache.directory / "objects" / oid[:2] / oid[2:]
        target.parent.mkdir(exist_ok=True)
        write(target, zlib.compress(whole, 1), 0o444)  # also over one that a full disk cut short
        return oid


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid


def _root(commit: str, raw: bytes) -> str:
    if not raw.startswith(b"tree "):
        raise GitFailed(["cat-file"], 128, "", f"{commit} is no commit")
    return raw[5:45].decode()


def _records(tree: bytes) -> Iterator[tuple[int, bytes, bytes, str]]:
    """Give the entries of a tree as git stores it: where each starts, its mode, its name, its object."""
    position = 0
    while position < len(tree):
        blank, end = tree.index(b" ", position), tree.index(b"\0", position)
        yield position, tree[position:blank], tree[blank + 1 : end], tree[end + 1 : end + 21].hex()
        position = end + 21
