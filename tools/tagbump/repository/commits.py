"""Reads commits and tags as git stores them, and writes the messages of our own."""

import codecs
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from tagbump.errors import UsageError
from tagbump.model import Commit
from tagbump.values import Value

_TRAILER: Final = re.compile(r"([A-Za-z][A-Za-z-]*): (.+)")
_BREAKING: Final = re.compile(r"^BREAKING[ -]CHANGE: +\S", re.MULTILINE)
_UNSAYABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Raw(Value):
    """A commit or a tag as git stores it: the headers we use, and the message without its signature.

    `at` is aware UTC, of the committer or the tagger. `target` is what a tag stands on, None for a commit. `others` are
    authors and committers beyond the first: git shows the last, and nobody is to hide behind that.
    """

    parents: tuple[str, ...]
    target: str | None
    author: str
    author_email: str
    committer: str
    committer_email: str
    at: datetime
    message: str
    others: tuple[str, ...]


def read(data: bytes) -> Raw:
    """Read the bytes of a commit or an annotated tag. What a hostile one leaves out is read as empty."""
    raw_head, _, raw_body = data.partition(b"\n\n")
    charset = _charset(raw_head)
    body = raw_body.decode(charset, "replace")
    headers: dict[str, list[str]] = {}
    for line in raw_head.decode(charset, "replace").split("\n"):
        key, _, value = line.partition(" ")
        if key:  # a line that begins with a blank continues a signature
            headers.setdefault(key, []).append(value)
    author, author_email, _ = _person(headers.get("author", headers.get("tagger", [""]))[0])
    committer, committer_email, at = _person(headers.get("committer", headers.get("tagger", [""]))[0])
    message = re.split(r"^-----BEGIN (?:PGP|SSH) SIGNATURE-----$", body, maxsplit=1, flags=re.MULTILINE)[0]
    others = [*headers.get("author", [])[1:], *headers.get("committer", [])[1:]]
    return Raw(
        tuple(headers.get("parent", ())),
        headers.get("object", [None])[0],
        author,
        author_email,
        committer,
        committer_email,
        at,
        message,
        tuple(line.partition(">")[0] + ">" for line in others),
    )


def _charset(head: bytes) -> str:
    """Return the encoding that a commit names, if every letter of ASCII means itself in it; else UTF-8.

    In any other the author's line could be made to read as nothing.
    """
    named = re.search(
        rb"^encoding ((?:iso-?8859-?|latin-?|windows-?125|cp-?125)\d{1,2}|koi8-[ru])$",
        head,
        re.MULTILINE | re.IGNORECASE,
    )
    try:
        return codecs.lookup(named[1].decode()).name if named else "utf-8"
    except LookupError:
        return "utf-8"


def source_commit(hash_: str, data: bytes) -> Commit:
    """Read a commit as the rules about people and the lists for people want it."""
    raw = read(data)
    # No pattern looks for where the blanks around a name end: of a million of them it would try each.
    named = re.findall(r"^co-authored-by:(.*)$", raw.message, re.MULTILINE | re.IGNORECASE)
    co_authors = filter(None, (name.strip(" ") for name in named))
    subject = raw.message.lstrip("\n").partition("\n")[0]
    return Commit(
        hash_, subject, raw.author, raw.author_email, raw.committer, raw.committer_email, (*co_authors, *raw.others),
        breaking=_BREAKING.search(raw.message) is not None,
    )  # fmt: skip


def trailers(message: str) -> dict[str, tuple[str, ...]]:
    """Return the trailers at the end of `message`: a last paragraph in which every line is `Name: value`."""
    last = message.strip().rpartition("\n\n")[2]
    matches = [_TRAILER.fullmatch(line.rstrip()) for line in last.split("\n")]
    found: dict[str, list[str]] = {}
    if "\n\n" not in message.strip() or not all(matches):
        return {}
    for match in matches:
        if match:
            found.setdefault(match[1], []).append(match[2])
    return {name: tuple(values) for name, values in found.items()}


def message(subject: str, named: Iterable[tuple[str, str]]) -> str:
    """Write a message: the subject, and a trailer for each name and value."""
    return "\n\n".join(filter(None, [subject, "\n".join(f"{name}: {value}" for name, value in named)])) + "\n"


def sayable(what: str, text: str) -> str:
    """Return `text` if it can stand in a trailer: one line, not empty, no control characters, 500 at most.

    A reason with a line break in it could otherwise write an `Approved-by:` of its own. Raises UsageError.
    """
    if not text.strip() or len(text) > 500 or _UNSAYABLE.search(text):
        raise UsageError(f"{what} takes one line of text, 1 to 500 characters, without control characters")
    return " ".join(text.split())


def _person(line: str) -> tuple[str, str, datetime]:
    """Read a name, an address and a time. What is no time is the epoch: a person must not hide behind it."""
    name, opened, rest = line.partition("<")
    address, closed, said = rest.partition(">")
    name, address, said = (name.removesuffix(" "), address, said) if opened and closed else (line, "", "")
    try:
        return name, address, datetime.fromtimestamp(int(said.split()[0]), UTC)
    except (IndexError, OverflowError, OSError, ValueError):
        return name, address, datetime.fromtimestamp(0, UTC)
