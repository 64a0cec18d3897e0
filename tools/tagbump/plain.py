"""Foreign words made safe to show, and measured as a terminal shows them.

Names, subjects and reasons are written by anybody who can push: they may hold what moves a cursor or turns text around.
"""

import unicodedata
from typing import Final

# Controls, invisible formats (the bidi overrides are among them), lone surrogates, line and paragraph separators.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Without these two joiners Persian words and most emoji fall apart; neither reorders or hides anything.
_JOINERS: Final = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_ELLIPSIS: Final = "..."


def harmless(text: str) -> str:
    r"""Return `text` as one line in which nothing is invisible: an escape character becomes the four signs `\x1b`."""
    return "".join(_visible(sign) for sign in " ".join(text.split()))


def visible(line: str) -> str:
    r"""Return `line`, its blanks as they are, in which nothing is invisible and nothing moves a cursor."""
    return "".join(_visible(sign) for sign in line)


def width(text: str) -> int:
    """Return how many columns `text`, harmless already, takes at most: terminals disagree about joined emoji."""
    return sum(_columns(sign) for sign in text)


def cut(text: str, columns: int) -> str:
    """Return the harmless `text`, its end given up where it takes more than `columns`."""
    text = harmless(text)
    return text if width(text) <= columns else _head(text, columns - len(_ELLIPSIS)) + _ELLIPSIS


def squeezed(text: str, columns: int) -> str:
    """Return the harmless `text`, its middle given up where it is too wide: both ends of a path tell more than that."""
    text = harmless(text)
    if width(text) <= columns:
        return text
    room = columns - len(_ELLIPSIS)
    head = _head(text, room // 3)
    return head + _ELLIPSIS + _head(text[::-1], room - width(head))[::-1]


def wrapped(text: str, columns: int, *, lines: int) -> list[str]:
    """Return the harmless `text` in at most `lines` lines, broken at spaces where there are any, the last one cut."""
    rest, done = harmless(text), list[str]()
    while width(rest) > columns and len(done) < lines - 1:
        most = len(_head(rest, columns))
        space = rest.rfind(" ", 0, most + 1)
        end = space if space > 0 else most
        done.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*done, cut(rest, columns)]


def _visible(sign: str) -> str:
    if sign in _JOINERS or unicodedata.category(sign) not in _UNSAFE:
        return sign
    return sign.encode("unicode_escape").decode("ascii")


def _columns(sign: str) -> int:
    if sign == "\N{VARIATION SELECTOR-16}":
        return 1  # it turns the sign before it into an emoji, which is one column wider
    if sign in _JOINERS or unicodedata.category(sign) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def _head(text: str, columns: int) -> str:
    """Return as much of the start of `text` as fits, one sign at least where there is one."""
    taken = 0
    for position, sign in enumerate(text):
        taken += _columns(sign)
        if taken > columns and position:
            return text[:position]
    return text
