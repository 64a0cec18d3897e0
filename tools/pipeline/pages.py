"""Pages without outside resources, for a browser and for a mail. Every foreign word in them is escaped."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.job import Job

STYLE: Final = Path(__file__).with_name("page.css")
_LONGEST: Final = 600  # of one value: more than any has, and less than what floods a page


@dataclass(frozen=True)
class Markup:
    """What is HTML already."""

    text: str


Words = str | Markup


def say(words: Words) -> str:
    """Return `words` as HTML; foreign ones keep their direction of writing to themselves."""
    if isinstance(words, Markup):
        return words.text
    cut = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    return f"<bdi>{html.escape(cut)}</bdi>" if cut else ""


def mark(words: str, tone: str) -> Markup:
    """Return `words` as a mark: of the tone good, warn, alarm or plain."""
    return Markup(f'<span class="mark {tone}">{html.escape(words)}</span>')


def code(words: str) -> Markup:
    return Markup(f"<code>{say(words)}</code>" if words else "")


def link(words: str, address: str) -> Markup:
    """Return `words` as a link, where `address` is one for a browser."""
    if not address.startswith(("https://", "http://")):
        return code(words)
    return Markup(f'<a href="{html.escape(address)}">{say(words)}</a>')


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Words]]) -> str:
    """Return a table under its title; nothing where it has no row."""
    names = [html.escape(column) for column in columns]
    # Each cell knows its column: on a phone it stands beside it.
    lines = [
        "".join(f"<td data-column='{name}'>{say(cell)}</td>" for name, cell in zip(names, row, strict=True))
        for row in rows
    ]
    if not lines:
        return ""
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<h2>{html.escape(title)}</h2><table class='list'><tr>{head}</tr>{body}</table>"


def facts(pairs: Iterable[tuple[str, Words]]) -> str:
    """Return what is known, a line each; what is empty is left out."""
    shown = ((html.escape(name), say(value)) for name, value in pairs)
    lines = "".join(f"<tr><th scope='row'>{name}</th><td>{value}</td></tr>" for name, value in shown if value)
    return f"<table class='facts'>{lines}</table>"


def preformatted(words: str) -> str:
    """Return what a program said, line by line."""
    return f"<pre>{html.escape(words)}</pre>" if words else ""


def page(job: Job, title: str, tone: str, *parts: str) -> str:
    """Return a whole page of `parts`, which are HTML. `title` stands above them, `tone` colours its edge."""
    eyebrow = say(job.name or "no build of Jenkins'")
    footer = f"<footer>{say(link(job.url, job.url))}</footer>" if job.url else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f'<body><header class="{tone}"><p class="eyebrow">{eyebrow}</p><h1>{say(title)}</h1></header>\n'
        f"<main>{''.join(parts)}</main>\n{footer}</body></html>\n"
    )
