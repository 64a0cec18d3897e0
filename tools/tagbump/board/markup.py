"""Words, codes and times as HTML, every foreign one escaped and harmless."""

from datetime import datetime
from html import escape
from typing import Final

from tagbump import plain
from tagbump.board.marks import Mark
from tagbump.times import minute, rfc3339

_LONGEST: Final = 600  # columns of one value: more than any reason has, less than what floods a page


def say(text: str, longest: int = _LONGEST) -> str:
    """Return foreign `text` as HTML that keeps its direction of writing to itself."""
    return f"<bdi>{escape(plain.cut(text, longest))}</bdi>" if text else ""


def code(text: str) -> str:
    return f"<code>{say(text)}</code>"


def mark(mark: Mark) -> str:
    return f'<span class="mark {mark.tone}">{say(mark.words)}</span>'


def time(moment: datetime) -> str:
    return f'<time datetime="{rfc3339(moment)}">{minute(moment)}</time>'
