"""Where in the text of a kustomization something may be put, and what kustomize's own parser makes of a word. Pure."""

import re
from typing import Final

import yaml

from tagbump import document
from tagbump.places import Place

# YAML 1.1 knows three line breaks more than editors do, and both libyaml and kustomize honour them.
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TAIL: Final = re.compile("[ \t]*(?:#[^\n\r\x85\u2028\u2029]*)?(?=[\n\r\x85\u2028\u2029]|\\Z)")

# What kustomize's parser reads as a number or a truth value although PyYAML sees a string: 1e3, 08, 0o17, y.
_NOT_STRING: Final = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)|[yYnN]"
)

_STRING: Final = "tag:yaml.org,2002:str"


def read(raw: bytes, name: str) -> Place:
    """Return the whole of a kustomization. Raises ConfigurationError for what is no YAML document."""
    return document.read(raw, name, begin="start it with `kind: Kustomization`")


def reads_as_string(place: Place) -> bool:
    """Whether every YAML parser reads a string here: quoted, tagged as one, or a plain word."""
    if not isinstance(place.node, yaml.ScalarNode) or not place.is_text:
        return False
    return bool(place.node.style) or is_word(place.node.value) or "!" in place.source


def is_word(value: str) -> bool:
    """Whether `value`, written without quotes, is a string to PyYAML and to kustomize's parser."""
    tag = document.tag_of(yaml.ScalarNode, value, (True, False))
    digits = value.replace("_", "") if value[:1] in "0123456789+-." else value
    return tag == _STRING and not _NOT_STRING.fullmatch(digits)


def newline(text: str, index: int) -> str:
    """The line break that ends the line of `index`; on a last line without one, the file's first."""
    found = _BREAK.search(text, index) or _BREAK.search(text)
    return found.group() if found else "\n"


def indent(text: str, index: int) -> str | None:
    """The white space before `index` on its line; None when something else stands there."""
    start = max((found.end() for found in _BREAK.finditer(text, 0, index)), default=0)
    return text[start:index] if not text[start:index].strip(" ") else None


def line_end(text: str, index: int) -> int | None:
    """The end of the line of `index`, before its break; None when more than a comment follows."""
    found = _TAIL.match(text, index)
    return found.end() if found else None
