"""Reads a YAML file that people review, within limits that a hostile one can't pass. Pure.

It is read as nodes and never as Python values: nodes know where they stand, and cost no more than their text.
"""

from functools import lru_cache
from typing import Final

import yaml

from tagbump.errors import ConfigurationError
from tagbump.places import File, Place

MAX_BYTES: Final = 1 << 20
"""Such a file is a page of text; what is larger is a mistake or an attack, and reading it takes seconds."""

MAX_DEPTH: Final = 1000
"""libyaml's composer recurses in C: at tens of thousands of levels it takes the whole process down."""

MAX_VALUES: Final = 200_000
"""How many values a file may have where an alias counts for all that it repeats: two letters can repeat a file."""

_RULES: Final = yaml.resolver.Resolver()
_MARK: Final = "\ufeff"
_NO_TABS: Final = "put blanks in the place of the tab: YAML indents with nothing else"
_LOOK: Final = "look at that line, and at the one before it: a quote, a bracket or a colon may be missing"


@lru_cache(maxsize=1024)
def tag_of(kind: type[yaml.Node], value: str | None, implicit: bool | tuple[bool, bool]) -> str:
    """Return what YAML takes a value for that has no tag: PyYAML's own rules, asked once for each word of a file."""
    tag: str = _RULES.resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
    return tag


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # where there is a libyaml, by that
    resolve = staticmethod(tag_of)


def read(raw: bytes, name: str, *, begin: str) -> Place:
    """Return the whole of the file called `name`. `begin` says how an empty one is begun.

    Raises ConfigurationError for what is no single UTF-8 YAML document, or passes a limit.
    """
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"{name}: {len(raw)} bytes are too many: it may have {MAX_BYTES}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{name}:{line}: is not UTF-8", hint="save it as UTF-8") from None
    text = whole.removeprefix(_MARK)
    root = _composed(text.encode(), name)  # the C loader takes half the time for bytes; marks count characters anyway
    if root is None:
        raise ConfigurationError(f"{name}: is empty", hint=begin)
    place = Place(File(name, text, whole[: len(whole) - len(text)]), root, "", root.start_mark.line + 1)
    if "*" in text and _values(root) > MAX_VALUES:
        raise place.error(f"its aliases repeat more than {MAX_VALUES} values, or themselves", "write them out")
    return place


def _composed(raw: bytes, name: str) -> yaml.Node | None:
    try:
        # Each level takes one of these characters at least, so that most files need no second look.
        if sum(map(raw.count, (b"[", b"{", b":", b"-", b"?"))) > MAX_DEPTH:
            depth = 0
            for event in yaml.parse(raw, Loader=_Loader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH:
                    raise ConfigurationError(f"{name}: is nested over {MAX_DEPTH} levels deep")
        node: yaml.Node | None = yaml.compose(raw, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = raw.count(b"\n", 0, error.position) + 1
        raise ConfigurationError(f"{name}:{line}: is not one YAML document: {error.reason}", hint=_LOOK) from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        said = b"".join(raw.split(b"\n")[line - 1 : line])  # YAML knows line breaks besides this one
        hint = _NO_TABS if b"\t" in said[: len(said) - len(said.lstrip())] else _LOOK
        raise ConfigurationError(f"{name}:{line}: is not one YAML document: {what}", hint=hint) from error
    return node


def _values(root: yaml.Node) -> int:
    """Count the values below `root` as if every alias were written out; endless counts as one over the limit."""
    counts: dict[int, int] = {}
    waiting = [(root, False)]
    while waiting:
        node, children_are_counted = waiting.pop()
        if children_are_counted:
            counts[id(node)] = min(1 + sum(counts[id(child)] for child in _children(node)), MAX_VALUES + 1)
        elif id(node) not in counts:
            counts[id(node)] = MAX_VALUES + 1  # what it is while one is inside of it: whoever meets it again is endless
            waiting.append((node, True))
            waiting += ((child, False) for child in _children(node))
    return counts[id(root)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
