"""How large the things are that are measured."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sizes:
    """The sizes of one run. Only those of `WHOLE` are what the goals speak of."""

    commits: int
    overlays: int
    """Of the large repository."""
    own: int
    """How many of its commits are tagbump's own releases, where there are some."""
    few_commits: int
    few_overlays: int
    """Of the small one."""
    writers: int
    """How many release at once in a race."""
    ugly: int
    """How many files the corpus has."""
    edits: int
    """How often each file is edited in a round."""
    again: int
    """How many runs one round of the start-up has: a run takes hundredths of a second."""


WHOLE: Final = Sizes(20_000, 1_500, 300, 50, 10, writers=32, ugly=1_000, edits=200, again=5)
SMALL: Final = Sizes(60, 12, 6, 20, 5, writers=3, ugly=40, edits=4, again=1)
