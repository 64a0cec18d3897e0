"""Source commits as Conventional Commits 1.0.0 has them: of which type, and whether they break something. Pure.

Subjects are anybody's words. What is not clearly of a type is `other`; nothing is guessed.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from tagbump.model import Commit, Release
from tagbump.values import Value

# The types of commitlint's conventional configuration, as people ask about them; then what has none.
TYPES: Final = (
    *("feat", "fix", "perf", "refactor", "revert", "docs", "style", "test", "build", "ci", "chore"),
    *("other", "release"),
)
_WRITTEN: Final = frozenset(TYPES) - {"other", "release"}
_SUBJECT: Final = re.compile(r"([a-z]+)(?:\([^()]+\))?(!?): +\S", re.ASCII | re.IGNORECASE)

LONGEST_SUBJECT: Final = 200  # columns that are shown: it is to be recognised, not to be read to its end
LONGEST_AUTHOR: Final = 40  # columns that are shown


class Change(Value):
    """A commit and its type, one of TYPES. `release`: it is no source, but a release that tagbump wrote."""

    commit: Commit
    type: str
    breaking: bool


class Group(Value):
    """Changes under one name: `breaking`, or a type."""

    name: str
    changes: tuple[Change, ...]


def read(commits: Iterable[Commit], releases: Iterable[Release] = ()) -> tuple[Change, ...]:
    """Return what each of the `commits` is. Those among the `releases` are of that type, whatever they say.

    Only commits that tagbump wrote are: one made by hand may bring more than an artifact.
    """
    written = {release.commit for release in releases if release.trailers}
    return tuple(_change(commit, written) for commit in commits)


def grouped(changes: Sequence[Change]) -> tuple[Group, ...]:
    """Return the changes under the name they are looked for by: what breaks something first, then in order of TYPES."""
    found: Mapping[str, list[Change]] = {name: [] for name in ("breaking", *TYPES)}
    for change in changes:
        found["breaking" if change.breaking else change.type].append(change)
    return tuple(Group(name, tuple(members)) for name, members in found.items() if members)


def counted(changes: Sequence[Change]) -> str:
    """Say how many there are in each group: `1 breaking, 3 feat, 2 fix`."""
    return ", ".join(f"{len(group.changes)} {group.name}" for group in grouped(changes))


def _change(commit: Commit, written: Collection[str]) -> Change:
    if commit.hash in written:
        return Change(commit, "release", breaking=False)
    match = _SUBJECT.match(commit.subject)
    if match is None or match[1].lower() not in _WRITTEN:
        return Change(commit, "other", commit.breaking)
    return Change(commit, match[1].lower(), commit.breaking or match[2] == "!")
