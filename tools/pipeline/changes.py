"""What changed, as git has it: since the last source commit that was built, or beside main."""

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


def since_built(git: Git, branch: str, overlay: str) -> Changes:
    """Return what changed on `branch` since the last commit before this one that `overlay` was given an image of.

    Not the difference between the two, but all that was touched on the way: where a change was taken back, the image of
    it may be out there all the same. A commit whose own image is released already does not count as built, so that a
    build that runs again takes the road it took.
    """
    head = git.commit()
    released = _sources(git, git.fetch(branch) or "HEAD", overlay) - {head}
    for commit in git.ask("rev-list", "--topo-order", "HEAD").split():
        if commit in released:
            # Each commit of main beside its first parent: a merge brings all that its branch does.
            touched = git.ask("log", "--first-parent", "-m", "--name-only", "--no-renames", "--format=", "-z",
                              f"{commit}..HEAD")  # fmt: skip
            return Changes(_names(touched), f"{commit[:12]}, which an image was released of")
    return Changes(_everything(git), "the beginning: no image of an earlier commit was released")


def beside(git: Git, branch: str) -> Changes:
    """Return what this commit has and `branch` has not."""
    name = git.fetch(branch)
    base = git.attempt("merge-base", name, "HEAD").text if name else ""
    if not base:
        return Changes(_everything(git), f"the beginning: where it left {branch} can't be told")
    changed = git.ask("diff", "--name-only", "--no-renames", "-z", base, "HEAD")
    return Changes(_names(changed), f"{base[:12]}, where it left {branch}")


def _sources(git: Git, tip: str, overlay: str) -> set[str]:
    """Return the commits that the releases of `overlay` name as what they were built from, as far as they are here."""
    said = git.ask("log", "--full-history", "--format=%(trailers:key=Source,valueonly)", tip, "--", overlay)
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
