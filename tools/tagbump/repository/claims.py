"""Finds the commits that say they are releases, by their messages and by the way they came onto the branch. No I/O but
for the file that remembers what was found."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tagbump.repository.cache import write
from tagbump.values import NOTHING, Value

HEX: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CLAIM: Final = b"Image:"  # what the message of every release has, and few others
_BINDS: Final = b"Rolled-back-from:"

FileChange = tuple[str, str | None, str | None]
"""A path, and the file there before and after; None where there was none."""


class Index(Value):
    """What was found out about the commits up to `head`.

    `claims` are those that say they are releases, newest first, each with the commit that landed it. `others` are those
    that were asked for and are on the branch's line, `elsewhere` those that are not. `files` is what the claims
    changed, None where that was too much to be a release. None of it can change while `head` is on the branch's line,
    but that one of `elsewhere` lands with what comes.
    """

    head: str | None = None
    claims: tuple[tuple[str, str], ...] = ()
    others: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    files: Mapping[str, list[FileChange] | None] = NOTHING

    @classmethod
    def read(cls, path: Path) -> "Index":
        """Read what was found before. What is damaged was never found: it is a copy of what git has."""
        try:
            said = json.loads(path.read_bytes())
            claims = tuple((str(name), str(landed)) for name, landed in said["claims"])
            files = {str(k): None if v is None else [_file(*one) for one in v] for k, v in said["files"].items()}
            others, elsewhere = (frozenset(map(str, said[key])) for key in ("others", "elsewhere"))
            names = [said["head"], *(name for claim in claims for name in claim), *others, *elsewhere]
            if all(HEX.fullmatch(name) for name in names) and files.keys() >= {name for name, _ in claims}:
                return cls(said["head"], claims, others, elsewhere, files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        return cls()

    def write(self, path: Path) -> None:
        """Write what was found, whole or not at all: other processes read it at any moment."""
        asked = {"others": sorted(self.others), "elsewhere": sorted(self.elsewhere)}
        said = {"head": self.head, "claims": self.claims, **asked, "files": dict(self.files)}
        write(path, json.dumps(said, separators=(",", ":")).encode())


def _file(path: str, before: str | None, after: str | None) -> FileChange:
    if not all(oid is None or HEX.fullmatch(oid) for oid in (before, after)):
        raise ValueError(path)
    return str(path), before, after


def search(revisions: str) -> tuple[str, ...]:
    """Return the git command whose output `claimed` reads: of each commit its name, its parents, and its bytes."""
    # `git log` and its `%B` would turn the bytes into what the commit calls its encoding, and hide a claim in it.
    return "rev-list", "--topo-order", "--parents", "--header", "--encoding=none", revisions, "--"


def listed(listing: bytes) -> set[str]:
    """Return the names of the commits in what `search` finds."""
    return {entry[:40].decode() for entry in listing.split(b"\0")}


def claimed(listing: bytes, head: str, onto: str | None = None) -> tuple[tuple[str, str], ...] | None:
    """Return the commits in `listing` that say they are releases, newest first, each with the one that landed it.

    The branch's own line leads from `head` along first parents. What came behind a merge landed with the merge, and
    only rollbacks are taken of it. None where the line does not lead to `onto`: the branch did not go on from there.
    """
    parents, messages = {}, {}
    for entry in filter(None, listing.split(b"\0")):
        names, _, raw = entry.partition(b"\n")
        name, *above = names.decode().split()
        parents[name], messages[name] = above, raw.partition(b"\n\n")[2]
    line, at = [], head
    while at in parents:
        line.append(at)
        at = next(iter(parents[at]), "")
    if onto is not None and at != onto:
        return None
    seen, found = set(line), list[tuple[str, str]]()
    for landing in reversed(line):
        if others := parents[landing][1:]:
            behind = sorted(_newly_reached(others, parents, seen))
            found += [(name, landing) for name in behind if _CLAIM in messages[name] and _BINDS in messages[name]]
        if _CLAIM in messages[landing]:
            found.append((landing, landing))
    return tuple(reversed(found))


def _newly_reached(tips: Iterable[str], parents: Mapping[str, list[str]], seen: set[str]) -> set[str]:
    """Return the commits that lead to `tips` and were not `seen`; they are from now on."""
    reached, waiting = set[str](), list(tips)
    while waiting:
        name = waiting.pop()
        if name in parents and name not in seen:
            seen.add(name)
            reached.add(name)
            waiting += parents[name]
    return reached
