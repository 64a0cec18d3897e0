"""A YAML file that people review: its values by key, and errors that name file, line and key."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import yaml

from tagbump import guesses
from tagbump.errors import ConfigurationError
from tagbump.kustomize import layout

MAX_BYTES: Final = 256 * 1024  # far above a thousand environments

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TEXT: Final = "tag:yaml.org,2002:str"
_NOTHING: Final = "tag:yaml.org,2002:null"
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Place:
    """A value in the file, the keys that lead to it (`path`), and the line of the last of them, from 1."""

    file: str
    node: yaml.Node
    path: str
    line: int

    def error(self, message: str, hint: str = "") -> ConfigurationError:
        """Return the error that `message` is about what stands here."""
        place = f" key {self.path}:" if self.path else ""
        return ConfigurationError(f"{self.file}:{self.line}:{place} {message}", hint=hint)

    def items(self) -> Iterator[tuple[str, "Place"]]:
        """Give each key once, as text. Raises where this is no mapping, or a key stands twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"takes a mapping, not {self._kind()}")
        seen = set()
        for key, value in self.node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or not key.value or key.tag == "tag:yaml.org,2002:merge":
                raise Place(self.file, key, self.path, line).error("takes plain names as keys")
            place = Place(self.file, value, f"{self.path}.{key.value}".lstrip("."), line)
            if key.value in seen:
                raise place.error("stands here twice")
            seen.add(key.value)
            yield key.value, place

    def mapping(self, *known: str) -> dict[str, "Place"]:
        """Give the keys as a dict. Raises where one is unknown."""
        keys = dict(self.items())
        for key, value in keys.items():
            if key not in known:
                hint = f"{guesses.meant(key, known)}correct the key, or take it out"
                raise value.error(f"is unknown here; known are {', '.join(known)}", hint)
        return keys

    def elements(self) -> list["Place"]:
        """Give the items of a list. Raises where this is none, or an empty one: leaving the key out says that."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"takes a list, not {self._kind()}")
        if not self.node.value:
            raise self.error("is an empty list: name something, or leave the key out")
        return [
            Place(self.file, item, f"{self.path}[{number}]", item.start_mark.line + 1)
            for number, item in enumerate(self.node.value)
        ]

    def text(self) -> str:
        """Give a text of one line. Raises for what YAML reads as a number, a date or nothing."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != _TEXT:
            raise self.error(f"takes a text, not {self._kind()}")
        text: str = self.node.value
        if not text.strip() or _CONTROL.search(text):
            raise self.error("takes a text of one line, and not an empty one")
        return text

    def texts(self) -> tuple[str, ...]:
        """Give a list of texts."""
        return tuple(item.text() for item in self.elements())

    def parsed(self, parser: Callable[[str], _Value]) -> _Value:
        """Give what `parser` makes of the text; its ValueError is told with this place."""
        try:
            return parser(self.text())
        except ValueError as error:
            raise self.error(str(error)) from None

    def _kind(self) -> str:
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        if self.node.tag == _NOTHING:
            return "nothing"
        return repr(self.node.value) if self.node.tag == _TEXT else f"{self.node.value!r} (quote it to make it one)"


def read(raw: bytes, file: str) -> Place:
    """Return the root of the document. Raises ConfigurationError for what is no single UTF-8 YAML document."""
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"{file}: {len(raw)} bytes are too many: it may have {MAX_BYTES}")
    try:
        node = layout.compose(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}:{line}: is not UTF-8") from None
    if node is None:
        raise ConfigurationError(f"{file}: is empty", hint="docs/reference/configuration.md shows one to begin with")
    return Place(file, node, "", node.start_mark.line + 1)
