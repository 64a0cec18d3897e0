"""What an edit has done to a file: judged by its lines, whoever made it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, Literal

import yaml

from tagbump.model import Artifact

Verdict = Literal["kept", "refused", "changed", "wrong"]
"""`kept`: the image is set, and everything else is as it was. `refused`: nothing was written, and the editor said so.
`changed`: the image is set, and more has changed. `wrong`: the file does not say what it was to say, or nobody said
that it does not."""


_ENDS: Final = re.compile(rb"\r\n|\r|\n")


def judge(before: bytes, after: bytes, name: str, old: Artifact, new: Artifact, *, refused: bool) -> Verdict:
    """Judge the edit that was to set the image `name` from `old` to `new`. `refused` is whether the editor said no."""
    if refused:
        return "refused" if after == before else "wrong"
    if not _says(after, name, new):
        return "wrong"
    return "kept" if _keeps(before, after, (old, new)) else "changed"


def _says(text: bytes, name: str, artifact: Artifact) -> bool:
    """Whether the file is one document that gives the image its artifact, by a parser that is neither editor's."""
    try:
        whole: Any = yaml.load(text.decode().removeprefix("\ufeff"), Loader=yaml.CSafeLoader)
        found = [entry for entry in whole["images"] if entry["name"] == name][-1]
        return (found["newName"], found["newTag"], found["digest"]) == (
            artifact.repository, artifact.tag, artifact.digest,
        )  # fmt: skip
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError, IndexError):
        return False


def _keeps(before: bytes, after: bytes, artifacts: Sequence[Artifact]) -> bool:
    """Whether what differs is the pins alone.

    Lines without a pin have to be there as they were. On lines with one, all that is no pin has to be there: comments,
    other keys, dashes, braces. White space and commas are not looked at there: how a pin is set out is the editor's
    taste.
    """
    values = {value.encode() for one in artifacts for value in (one.repository, one.tag, one.digest)}
    value = b"|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    key = rb"""["']?\b(?:newName|newTag|digest)["']?\s*:"""
    pin = re.compile(rb"""(?:%b\s*|(?<![\w.'"]))(["']?)(?:%b)\1(?=[\s,}]|\Z)|%b\s*\Z""" % (key, value, key))

    def lines(some: Sequence[bytes]) -> Iterator[_Line]:
        for line in some:
            rest, pins = pin.subn(b"", line)
            rest = re.sub(rb"[\s,]", b"", rest)
            if rest or not pins:
                yield _Line(line.rstrip(b"\r\n"), rest, pinned=pins > 0)

    if not set(_ENDS.findall(after)) <= set(_ENDS.findall(before)):
        return False
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    hunks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return all(
        one is not None and other is not None and one.became(other)
        for kind, a, b, c, d in hunks
        if kind != "equal"
        for one, other in zip_longest(lines(old[a:b]), lines(new[c:d]))
    )


@dataclass(frozen=True)
class _Line:
    """A line, and what it says beside a pin."""

    text: bytes
    rest: bytes
    pinned: bool

    def became(self, other: "_Line") -> bool:
        return self.rest == other.rest and (self.pinned or other.pinned or self.text == other.text)
