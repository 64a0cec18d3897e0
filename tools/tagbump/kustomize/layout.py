"""A YAML file twice: as its text, and as nodes that know their place in that text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from tagbump.errors import ConfigurationError

MAX_BYTES = 1 << 20
"""A kustomization is a page of text; what is larger is a mistake or an attack, and parsing it takes seconds."""

MAX_DEPTH = 1000
"""libyaml's composer recurses in C: at tens of thousands of levels it takes the whole process down."""

_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_BOM = "\ufeff"
# YAML 1.1 knows three line breaks more than editors do, and both libyaml and kustomize honour them.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TAIL = re.compile("[ \t]*(?:#[^\n\r\x85\u2028\u2029]*)?(?=[\n\r\x85\u2028\u2029]|\\Z)")

# What kustomize's parser reads as a number or a truth value although PyYAML sees a string: 1e3, 08, 0o17, y.
_NOT_STRING = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)|[yYnN]"
)

# PyYAML's own rules for plain words.
_resolve: Callable[[type[yaml.Node], str, tuple[bool, bool]], str] = yaml.resolver.Resolver().resolve

Pair: TypeAlias = tuple[yaml.ScalarNode, yaml.Node]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file whose root is a mapping.

    `text` has no byte order mark; `mark` is that mark, or empty. Indexes of nodes count the characters of `text`.
    """

    where: str
    text: str
    mark: str
    root: yaml.MappingNode

    def source(self, node: yaml.Node) -> str:
        """The characters of `node`, its anchor and its tag among them."""
        return self.text[node.start_mark.index : node.end_mark.index]

    def fault(self, node: yaml.Node, key: str, what: str, hint: str = "") -> ConfigurationError:
        """The error that names file, line and key."""
        return fault(self.where, line_of(node), key, what, hint)

    def keys(self, node: yaml.MappingNode, path: str) -> dict[str, Pair]:
        """The keys and values of the mapping `node` by key.

        Raises ConfigurationError for keys that parsers disagree about: one that is there twice, `<<`, no word.
        """
        pairs: dict[str, Pair] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault(key, path or "(root)", "has a key that is no word")
            name = f"{path}.{key.value}".lstrip(".")
            if key.tag == _MERGE:
                raise self.fault(key, name, "merges another mapping", "write the merged keys out")
            if key.value in pairs:
                raise self.fault(key, name, "is there twice", "remove one of the two")
            pairs[key.value] = (key, value)
        return pairs

    def reads_as_string(self, node: yaml.Node) -> bool:
        """Whether every YAML parser reads `node` as a string: quoted, tagged as one, or a plain word."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != _STRING:
            return False
        return bool(node.style) or is_word(node.value) or "!" in self.source(node)

    def newline(self, index: int) -> str:
        """The line break that ends the line of `index`; on a last line without one, the file's first."""
        found = _BREAK.search(self.text, index) or _BREAK.search(self.text)
        return found.group() if found else "\n"

    def indent(self, index: int) -> str | None:
        """The white space before `index` on its line; None when something else stands there."""
        start = max((found.end() for found in _BREAK.finditer(self.text, 0, index)), default=0)
        return self.text[start:index] if not self.text[start:index].strip(" ") else None

    def line_end(self, index: int) -> int | None:
        """The end of the line of `index`, before its break; None when more than a comment follows."""
        found = _TAIL.match(self.text, index)
        return found.end() if found else None


def read(raw: bytes, where: str) -> Document:
    """Parse the bytes of one file. `where` names it in errors.

    Raises ConfigurationError for what is not one UTF-8 YAML document with a mapping as its root.
    """
    if len(raw) > MAX_BYTES:
        raise fault(where, 1, "(root)", f"the file has {len(raw)} bytes, more than {MAX_BYTES}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fault(where, line, "(root)", "the file is not UTF-8", "save it as UTF-8") from error
    text = whole.removeprefix(_BOM)
    root = compose(text, where)
    if root is None:
        raise fault(where, 1, "(root)", "the file is empty", "start it with `kind: Kustomization`")
    if not isinstance(root, yaml.MappingNode):
        raise fault(where, line_of(root), "(root)", "must be a mapping")
    return Document(where, text, whole[: len(whole) - len(text)], root)


def compose(text: str, where: str) -> yaml.Node | None:
    """The root of the one document in `text`, None for an empty one. Raises ConfigurationError."""
    raw = text.encode()  # the C loader takes half the time for bytes; the marks count characters all the same
    try:
        # Each level takes one of these characters at least, so that most files need no second look.
        if sum(map(raw.count, (b"[", b"{", b":", b"-", b"?"))) > MAX_DEPTH:
            depth = 0
            for event in yaml.parse(raw, Loader=_LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH:
                    raise fault(where, 1, "(root)", f"is nested over {MAX_DEPTH} levels deep")
        node: yaml.Node | None = yaml.compose(raw, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        line = raw.count(b"\n", 0, error.position) + 1
        raise fault(where, line, "(root)", f"is not one YAML document: {error.reason}") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        raise fault(where, mark.line + 1 if mark else 1, "(root)", f"is not one YAML document: {what}") from error
    return node


def fault(where: str, line: int, key: str, what: str, hint: str = "") -> ConfigurationError:
    """The error that names file, line and key."""
    return ConfigurationError(f"{where}:{line}: key {key}: {what}", hint=hint)


def line_of(node: yaml.Node) -> int:
    """The line on which `node` starts, counted from 1."""
    return int(node.start_mark.line) + 1


def is_empty(node: yaml.Node) -> bool:
    """Whether `node` says nothing: null, or an empty string, which kustomize takes for the same."""
    return isinstance(node, yaml.ScalarNode) and (node.tag == _NULL or (node.tag == _STRING and not node.value))


def is_word(value: str) -> bool:
    """Whether `value`, written without quotes, is a string to PyYAML and to kustomize's parser."""
    tag = _resolve(yaml.ScalarNode, value, (True, False))
    digits = value.replace("_", "") if value[:1] in "0123456789+-." else value
    return tag == _STRING and not _NOT_STRING.fullmatch(digits)
