"""The places of a YAML file that people review: values by key, and errors that name file, line and key. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import yaml

from tagbump import guesses
from tagbump.errors import ConfigurationError
from tagbump.values import Value

_TEXT: Final = "tag:yaml.org,2002:str"
_NUMBERS: Final = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_NOTHING: Final = "tag:yaml.org,2002:null"
_NO_NAMES: Final = {
    "tag:yaml.org,2002:merge": "write out what << merges",
    "tag:yaml.org,2002:binary": "write the name itself: kustomize decodes it, and may know it",
}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_Value = TypeVar("_Value")


class File(Value):
    """A file as it is: `text` without the byte order mark, `mark` that mark or nothing. `name` is for errors."""

    name: str
    text: str
    mark: str


class Place:
    """A value in the file, the keys that lead to it (`path`), and the line of the last of them, from 1.

    `key` is the node of that last key, None for an item of a list and for the whole. Nodes count the characters of the
    file's text.
    """

    __slots__ = ("file", "key", "line", "node", "path")

    def __init__(self, file: File, node: yaml.Node, path: str, line: int, key: yaml.ScalarNode | None = None) -> None:
        """Take note of a place: every key of a file is one, so that nothing else is done here."""
        self.file, self.node, self.path, self.line, self.key = file, node, path, line, key

    @property
    def source(self) -> str:
        """The characters of the value, its anchor and its tag among them."""
        return self.file.text[self.node.start_mark.index : self.node.end_mark.index]

    @property
    def is_text(self) -> bool:
        """Whether YAML reads a text here, and no number, date or truth value."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag == _TEXT

    @property
    def is_number(self) -> bool:
        """Whether YAML reads a number here."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag in _NUMBERS

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is said here: null, or an empty text, which kustomize takes for the same."""
        return isinstance(self.node, yaml.ScalarNode) and (
            self.node.tag == _NOTHING or (self.is_text and not self.node.value)
        )

    def error(self, message: str, hint: str = "") -> ConfigurationError:
        """Return the error that `message` is about what stands here."""
        place = f" key {self.path}:" if self.path else ""
        return ConfigurationError(f"{self.file.name}:{self.line}:{place} {message}", hint=hint)

    def items(self) -> Iterator[tuple[str, "Place"]]:
        """Give each key once, as text. Raises where this is no mapping, or a key is one that parsers disagree about."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self._is_no("mapping")
        seen = set()
        for key, value in self.node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or not key.value or key.tag in _NO_NAMES:
                hint = _NO_NAMES.get(key.tag, "")
                raise Place(self.file, key, self.path, line).error("takes plain names as keys", hint)
            place = Place(self.file, value, f"{self.path}.{key.value}".lstrip("."), line, key)
            if key.value in seen:
                raise place.error("stands here twice", "remove one of the two")
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
        """Give the items of a list. Raises where this is none."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self._is_no("list")
        return [
            Place(self.file, item, f"{self.path}[{number}]", item.start_mark.line + 1)
            for number, item in enumerate(self.node.value)
        ]

    def some(self) -> list["Place"]:
        """Give the items of a list. Raises where there are none: leaving the key out says that."""
        found = self.elements()
        if not found:
            raise self.error("is an empty list: name something, or leave the key out")
        return found

    def text(self) -> str:
        """Give a text of one line. Raises for what YAML reads as a number, a date or nothing."""
        if not self.is_text:
            raise self._is_no("text")
        text: str = self.node.value
        if not text.strip() or _CONTROL.search(text):
            raise self.error("takes a text of one line, and not an empty one")
        return text

    def texts(self) -> tuple[str, ...]:
        """Give a list of texts, and not an empty one."""
        return tuple(item.text() for item in self.some())

    def parsed(self, parser: Callable[[str], _Value]) -> _Value:
        """Give what `parser` makes of the text; its ValueError is told with this place."""
        try:
            return parser(self.text())
        except ValueError as error:
            raise self.error(str(error)) from None

    def _is_no(self, wanted: str) -> ConfigurationError:
        if isinstance(self.node, yaml.CollectionNode):
            kind = "a mapping" if isinstance(self.node, yaml.MappingNode) else "a list"
        elif self.node.tag == _NOTHING:
            kind = "nothing"
        else:
            kind = repr(self.node.value) if self.is_text else f"{self.node.value!r} (quote it to make it one)"
        return self.error(f"takes a {wanted}, not {kind}")
