"""The board of `tagbump status` for a terminal."""

import os
from collections.abc import Iterator
from typing import Final

from tagbump import plain, times
from tagbump.board import facts
from tagbump.board.facts import Fact
from tagbump.board.marks import Mark, marks
from tagbump.board.model import Board, Standing
from tagbump.model import Release
from tagbump.names import DOES_NOT_COUNT
from tagbump.values import Value

COLUMNS: Final = 80
NARROWEST: Final = 48  # by feel: half of a laptop's screen; what is narrower yet breaks lines as it likes
_LABELS: Final = 15  # the indent, the longest label ("approved by") and the gap after it
_DATES: Final = 20  # the indent, a moment and the gap after it
_BESIDE: Final = 24  # what words need to stand beside a code, and not beneath it
_LINES: Final = 4  # of one value; a reason has 500 characters at most, a hand-made name may have more

_SGR: Final = {"name": "1", "label": "2", "plain": "", "good": "32", "warn": "33", "alarm": "1;31", "cold": "36"}


class _Screen(Value):
    """What is written on: how wide it is, and whether in colour."""

    columns: int
    colour: bool

    def paint(self, value: str, tone: str) -> str:
        return f"\x1b[{_SGR[tone]}m{value}\x1b[0m" if self.colour and _SGR[tone] else value


def columns() -> int:
    """Return how many columns standard output has for a board: those of the terminal, COLUMNS where it is none."""
    try:
        found = os.get_terminal_size(1).columns or COLUMNS
    except OSError:
        return COLUMNS
    return max(NARROWEST, min(COLUMNS, found))


def text(board: Board, *, colour: bool, columns: int = COLUMNS) -> list[str]:
    """Return the lines of the board, none wider than `columns`. Without `colour` no escape character is among them.

    `columns` is NARROWEST at least.
    """
    screen = _Screen(columns, colour)
    asked = f" at {facts.short_commit(board.head)}, {times.minute(board.at)}"
    lines = [plain.squeezed(board.repository, columns), f"{plain.squeezed(board.branch, columns - len(asked))}{asked}"]
    for standing in board.standings:
        lines += ["", *_standing(board, standing, screen)]
    lines += ["", screen.paint("recent releases", "name")]
    lines += _recent(board.recent, screen) if board.recent else ["  none yet"]
    return lines


def _standing(board: Board, standing: Standing, screen: _Screen) -> Iterator[str]:
    yield from _heading(standing, screen)
    if standing.artifact is not None:
        image = f"{standing.artifact.repository} @{facts.short_digest(standing.artifact)}"
        yield from _row("image", [plain.squeezed(image, screen.columns - _LABELS)], "plain", screen)
    asked = facts.policy(standing.environment)
    if standing.environment.previous is not None:
        asked = (f"from {standing.environment.previous}", *asked)
    if asked:
        yield from _fact(Fact("policy", ", ".join(asked)), screen)
    for fact in facts.facts(board, standing):
        yield from _fact(fact, screen)


def _heading(standing: Standing, screen: _Screen) -> Iterator[str]:
    name = plain.cut(standing.environment.name, 30)
    held = standing.artifact.tag if standing.artifact else "nothing yet"
    tag = plain.cut(held, screen.columns - plain.width(name) - 2)
    line, taken = f"{screen.paint(name, 'name')}  {tag}", plain.width(name) + 2 + plain.width(tag)
    found = marks(standing)
    if taken + sum(plain.width(_words(mark)) + 1 for mark in found) + 1 > screen.columns:
        yield line
        line, taken = " ", 1
    else:
        line, taken = f"{line} ", taken + 1
    for mark in found:
        more = plain.width(_words(mark)) + 1
        if taken + more > screen.columns:
            yield line
            line, taken = " ", 1
        line, taken = f"{line} {screen.paint(_words(mark), mark.tone)}", taken + more
    yield line if found else line.rstrip()


def _words(mark: Mark) -> str:
    return f"[{mark.words}]"


def _fact(fact: Fact, screen: _Screen) -> Iterator[str]:
    words = f"{fact.words} ({times.minute(fact.moment)})" if fact.moment else fact.words
    yield from _row(fact.label, plain.wrapped(words, screen.columns - _LABELS, lines=_LINES), fact.tone, screen)
    for code, said in fact.details:
        yield from _detail(code, said, screen)


def _detail(code: str, said: str, screen: _Screen) -> Iterator[str]:
    # A tag may be long: it gets a third of the line, the words beside it the rest.
    code = plain.cut(code, 22)
    indent = _LABELS + (plain.width(code) + 2 if code else 0)
    if screen.columns - indent < _BESIDE:
        yield " " * _LABELS + code
        code, indent = "", _LABELS
    first, *others = plain.wrapped(said, screen.columns - indent, lines=2 if code else _LINES)
    yield " " * _LABELS + (f"{code}  " if code else "") + first
    yield from (" " * indent + line for line in others)


def _row(label: str, lines: list[str], tone: str, screen: _Screen) -> Iterator[str]:
    first, *others = (screen.paint(line, tone) for line in lines)
    yield f"  {screen.paint(label.ljust(_LABELS - 2), 'label')}{first}"
    for line in others:
        yield " " * _LABELS + line


def _recent(releases: tuple[Release, ...], screen: _Screen) -> Iterator[str]:
    names = [plain.cut(release.environment, 14) for release in releases]
    tags = [plain.cut(release.artifact.tag if release.artifact else "nothing", 20) for release in releases]
    name_room, tag_room = (max(map(plain.width, column)) for column in (names, tags))
    for release, name, tag in zip(releases, names, tags, strict=True):
        said = f"  {times.column(release.released_at)}  {_padded(name, name_room)}  {release.kind:<8}"
        built = f"{_padded(tag, tag_room)}  {facts.short_commit(release.commit)}"
        account = plain.harmless(_account(release))
        if plain.width(said) + 2 + plain.width(built) > screen.columns:
            yield said.rstrip()
            commit = facts.short_commit(release.commit)
            yield f"{' ' * _DATES}{plain.squeezed(tag, screen.columns - _DATES - len(commit) - 2)}  {commit}"
        elif plain.width(said) + 4 + plain.width(built) + plain.width(account) <= screen.columns:
            yield f"{said}  {built}  {account}"
            continue
        else:
            yield f"{said}  {built}"
        for line in plain.wrapped(account, screen.columns - _DATES, lines=_LINES):
            yield " " * _DATES + screen.paint(line, "label")


def _account(release: Release) -> str:
    said = [f"by {release.by}"]
    if release.approved_by:
        said.append(f"approved by {release.approved_by}")
    said += [f"override {rule}" for rule in release.overrides]
    if not release.counts:
        said.append(DOES_NOT_COUNT)
    return ", ".join(said) + (f": {release.reason}" if release.reason else "")


def _padded(value: str, columns: int) -> str:
    return value + " " * (columns - plain.width(value))
