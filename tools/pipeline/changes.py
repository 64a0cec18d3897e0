"""What changed, as git has it: since what was released, since what somebody made, or beside main."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.git import Git

_COMMIT: Final = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Changes:
    """The names of all files that changed, and in words since what."""

    names: Sequence[str]
    since: str


def since_made(git: Git, overlay: str) -> Changes:
    """Return what the last commit changed that is no release of tagbump's, and what the releases on top of it did.

    It may hide below them; unless `overlay` was given an image of it, which then was checked. What is below it was
    built when it came.
    """
    line = git.ask("log", "--first-parent", "--format=%H %(trailers:key=Image,valueonly,separator=%x2C)", "HEAD")
    made = next((words[0] for words in map(str.split, line.splitlines()) if len(words) == 1), "")
    if made and made in _sources(git, overlay):
        return Changes(_names(_touched(git, made)), f"{made[:12]}, which an image was released of")
    before = git.attempt("rev-parse", "--verify", "--quiet", f"{made}^1").text if made else ""
    if not before:
        return Changes(_everything(git), "the beginning")
    return Changes(_names(_touched(git, before)), f"{before[:12]}, below the last commit that is no release")


def since_released(git: Git, branch: str, overlay: str) -> Changes:
    """Return what changed since the last commit that `overlay` was given an image of, by a release below this one.

    Not the difference between the two, but all that was touched on the way: where a change was taken back, the image of
    it may be out there all the same. Releases that came later don't count, so that a build that runs again takes the
    road it took.
    """
    git.make_whole(branch)
    released = _sources(git, overlay)
    for commit in git.ask("rev-list", "--topo-order", "HEAD").split():
        if commit in released:
            return Changes(_names(_touched(git, commit)), f"{commit[:12]}, which an image was released of")
    return Changes(_everything(git), "the beginning: no image of an earlier commit was released")


def beside(git: Git, branch: str) -> Changes:
    """Return what this commit has and `branch` has not."""
    name = git.fetch(branch)
    base = git.attempt("merge-base", name, "HEAD").text if name else ""
    if not base:
        return Changes(_everything(git), f"the beginning: where it left {branch} can't be told")
    changed = git.ask("diff", "--name-only", "--no-renames", "-z", base, "HEAD")
    return Changes(_names(changed), f"{base[:12]}, where it left {branch}")


def _touched(git: Git, commit: str) -> str:
    """Return the names that the commits since `commit` touched, each beside its first parent: a merge brings all."""
    return git.ask("log", "--first-parent", "-m", "--name-only", "--no-renames", "--format=", "-z", f"{commit}..HEAD")


def _sources(git: Git, overlay: str) -> set[str]:
    """Return the commits that the releases of `overlay` name as what they were built from, as far as they are here."""
    said = git.ask("log", "--full-history", "--format=%(trailers:key=Source,valueonly)", "HEAD", "--", overlay)
    named = {word for word in said.split() if _COMMIT.fullmatch(word)}
    short = {word for word in named if len(word) < 40}
    whole = (git.attempt("rev-parse", "--verify", "--quiet", f"{word}^{{commit}}").text for word in short)
    return {*(named - short), *filter(None, whole)}


def _everything(git: Git) -> Sequence[str]:
    return _names(git.ask("ls-tree", "-r", "-z", "--name-only", "HEAD"))


def _names(listed: str) -> Sequence[str]:
    return sorted(set(_stripped(listed.split("\0"))))


def _stripped(names: Iterable[str]) -> Iterable[str]:
    return (name for raw in names if (name := raw.strip("\n")))
