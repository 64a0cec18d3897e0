"""Whether releases that were made at once are all there, each of them once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.generate import Built, overlay
from bench.workshop import Remote

Release = tuple[str, Built]
"""An environment, and what it is to have."""


@dataclass(frozen=True)
class Landing:
    """How many of the releases landed in exactly one commit and were not undone by another, and what became of the
    others: those that are in no commit or were undone, and those that are in several."""

    once: int
    lost: int
    doubled: int


def check(remote: Remote, base: str, releases: Sequence[Release]) -> Landing:
    """Read from the remote's history since `base` what became of `releases`."""
    patches = remote.git("log", "--patch", "--format=", "--no-renames", "--no-merges", f"{base}..main")
    times = Counter(re.findall(r"^\+ *digest: (\S+)$", patches, re.MULTILINE))
    last = dict(releases) if len({name for name, _ in releases}) == len(releases) else {}
    undone = {
        built.digest for name, built in last.items() if built.digest not in remote.git("show", f"main:{overlay(name)}")
    }
    found = [0 if built.digest in undone else times[built.digest] for _, built in releases]
    return Landing(sum(n == 1 for n in found), sum(n == 0 for n in found), sum(n > 1 for n in found))
