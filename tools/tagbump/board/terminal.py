"""The board of `tagbump status` for a terminal."""

from collections.abc import Iterator
from typing import Final

from tagbump import plain, times
from tagbump.board import facts
from tagbump.board.facts import Fact
from tagbump.board.marks import Mark, marks
from tagbump.board.model import Board, Standing
from tagbump.model import Release

COLUMNS: Final = 80
_LABELS: Final = 15  # the indent, the longest label ("approved by") and the gap after it
_LINES: Final = 4  # of one value; a reason has 500 characters at most, a hand-made name may have more

_SGR: Final = {"name": "1", "label": "2", "plain": "", "good": "32", "warn": "33", "alarm": "1;31", "cold": "36"}


def text(board: Board, *, colour: bool) -> list[str]:
    """Return the lines of the board, at most 80 columns wide. Without `colour` no escape character is among them."""
    lines = [
        plain.squeezed(board.repository, COLUMNS),
        f"{plain.squeezed(board.branch, 40)} at {facts.short_commit(board.head)}, {times.minute(board.at)}",
    ]
    for standing in board.standings:
        lines += ["", *_standing(board, standing, colour)]
    lines += ["", _paint("recent releases", "name", colour)]
    lines += _recent(board.recent, colour) if board.recent else ["  none yet"]
    return lines


def _standing(board: Board, standing: Standing, colour: bool) -> Iterator[str]:
    yield from _heading(standing, colour)
    if standing.artifact is not None:
        image = f"{standing.artifact.repository} @{facts.short_digest(standing.artifact)}"
        yield from _row("image", [plain.squeezed(image, COLUMNS - _LABELS)], "plain", colour)
    asked = facts.policy(standing.environment)
    if standing.environment.previous is not None:
        asked = (f"from {standing.environment.previous}", *asked)
    if asked:
        yield from _fact(Fact("policy", ", ".join(asked)), colour)
    for fact in facts.facts(board, standing):
        yield from _fact(fact, colour)


def _heading(standing: Standing, colour: bool) -> Iterator[str]:
    name = plain.cut(standing.environment.name, 30)
    tag = plain.cut(standing.artifact.tag if standing.artifact else "nothing yet", COLUMNS - plain.width(name) - 2)
    found = marks(standing)
    painted = " ".join(_mark(mark, colour) for mark in found)
    heading = f"{_paint(name, 'name', colour)}  {tag}"
    taken = plain.width(name) + 2 + plain.width(tag) + 2 + plain.width(" ".join(_mark(mark, False) for mark in found))
    if not found:
        yield heading
    elif taken <= COLUMNS:
        yield f"{heading}  {painted}"
    else:
        yield from (heading, f"  {painted}")


def _mark(mark: Mark, colour: bool) -> str:
    return _paint(f"[{mark.words}]", mark.tone, colour)


def _fact(fact: Fact, colour: bool) -> Iterator[str]:
    words = f"{fact.words} ({times.minute(fact.moment)})" if fact.moment else fact.words
    yield from _row(fact.label, plain.wrapped(words, COLUMNS - _LABELS, lines=_LINES), fact.tone, colour)
    for code, said in fact.details:
        # A tag may be long: it gets a third of the line, the words beside it the rest.
        beside = f"{plain.cut(code, 22)}  " if code else ""
        indent = _LABELS + plain.width(beside)
        first, *others = plain.wrapped(said, COLUMNS - indent, lines=2 if code else _LINES)
        yield " " * _LABELS + beside + first
        yield from (" " * indent + line for line in others)


def _row(label: str, lines: list[str], tone: str, colour: bool) -> Iterator[str]:
    first, *others = (_paint(line, tone, colour) for line in lines)
    yield f"  {_paint(label.ljust(_LABELS - 2), 'label', colour)}{first}"
    for line in others:
        yield " " * _LABELS + line


def _recent(releases: tuple[Release, ...], colour: bool) -> Iterator[str]:
    names = [plain.cut(release.environment, 14) for release in releases]
    tags = [plain.cut(release.artifact.tag if release.artifact else "nothing", 20) for release in releases]
    name_room, tag_room = (max(map(plain.width, column)) for column in (names, tags))
    for release, name, tag in zip(releases, names, tags, strict=True):
        said = f"  {times.column(release.released_at)}  {_padded(name, name_room)}"
        said += f"  {release.kind:<8}  {_padded(tag, tag_room)}  {facts.short_commit(release.commit)}"
        account = _account(release)
        if plain.width(said) + 2 + plain.width(plain.harmless(account)) <= COLUMNS:
            yield f"{said}  {plain.harmless(account)}"
            continue
        yield said
        for line in plain.wrapped(account, COLUMNS - 20, lines=_LINES):
            yield " " * 20 + _paint(line, "label", colour)


def _account(release: Release) -> str:
    said = [f"by {release.by}"]
    if release.approved_by:
        said.append(f"approved by {release.approved_by}")
    said += [f"override {rule}" for rule in release.overrides]
    return ", ".join(said) + (f": {release.reason}" if release.reason else "")


def _padded(value: str, columns: int) -> str:
    return value + " " * (columns - plain.width(value))


def _paint(value: str, tone: str, colour: bool) -> str:
    return f"\x1b[{_SGR[tone]}m{value}\x1b[0m" if colour and _SGR[tone] else value
