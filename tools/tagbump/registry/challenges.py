"""Reads what a server asks for before it answers: the header WWW-Authenticate of RFC 9110. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PART: Final = re.compile(rf'({_WORD})(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?')


def read(headers: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the challenges by scheme, in small letters, and of each its parameters; of two of one scheme the first."""
    found: dict[str, dict[str, str]] = {}
    for header in headers:
        current: dict[str, str] = {}
        for part in _PART.finditer(header):
            name, quoted, plain = part[1].lower(), part[2], part[3]
            if quoted is None and plain is None:
                current = {}
                found.setdefault(name, current)
            else:
                current.setdefault(name, plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    return found
