"""Says which characters of a kustomization must change for an image to change. The rest of the file stays as it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from tagbump.kustomize import layout
from tagbump.kustomize.layout import Document, Pair

_BY_HAND = "write the entry there by hand once, as name, newName, newTag and digest"
# Between a dash and its item; a comment there makes the width of the gap a guess.
_DASH = re.compile(r"-( +)\Z")
_EMPTY_LIST = re.compile(r"\[\s*\]|~|null|Null|NULL|\"\"|''|")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def apply(document: Document, edits: list[Edit]) -> bytes:
    """The bytes of `document` after all `edits`, which do not overlap."""
    parts, last = [document.mark], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += (document.text[last : edit.start], edit.text)
        last = edit.end
    return "".join((*parts, document.text[last:])).encode()


def update(document: Document, entry: yaml.MappingNode, path: str, wanted: Mapping[str, str]) -> list[Edit]:
    """The edits that make the keys of `entry` say what is `wanted`; none when they say it already."""
    pairs = document.keys(entry, path)
    edits = [
        _replace(document, pairs[key], f"{path}.{key}", value)
        for key, value in wanted.items()
        if key in pairs and not (document.reads_as_string(pairs[key][1]) and pairs[key][1].value == value)
    ]
    missing = {key: value for key, value in wanted.items() if key not in pairs}
    if missing:
        edits.append(_add_keys(document, entry, path, missing))
    return edits


def _replace(document: Document, pair: Pair, path: str, value: str) -> Edit:
    key, old = pair
    start, end = old.start_mark.index, old.end_mark.index
    hint = "write the value as plain text"
    if start < key.end_mark.index:
        raise document.fault(key, path, "is an alias: what it follows would be lost", hint)
    if not isinstance(old, yaml.ScalarNode) or len(document.source(old).splitlines()) > 1:
        raise document.fault(key, path, "is not written on one line", hint)
    if document.source(old)[:1] in ("&", "!"):
        raise document.fault(key, path, "has an anchor or a tag, and others may follow it", hint)
    new = _scalar(path.rpartition(".")[2], value, old.style)
    return Edit(start, end, new if start < end else f" {new}")


def _add_keys(document: Document, entry: yaml.MappingNode, path: str, missing: Mapping[str, str]) -> Edit:
    """Put `missing` after the last key of `entry`."""
    key = entry.value[-1][0]
    end = _content_end(document, entry, path)
    fields = _fields(missing, key.style)
    if entry.flow_style:
        return Edit(end, end, "".join(f", {field}" for field in fields))
    return _lines(document, end, [" " * key.start_mark.column + field for field in fields], path)


def add(document: Document, images: Pair | None, fields: Mapping[str, str]) -> list[Edit]:
    """The edits that add an entry of `fields` to the list `images`, and the list itself where there is none."""
    if images is None:
        return [_add_flow_list(document, fields) if document.root.flow_style else _add_list(document, fields)]
    key, list_ = images
    if list_.start_mark.index < key.end_mark.index:
        raise document.fault(key, "images", "is an alias: a new entry would reach what it follows", _BY_HAND)
    if list_.value and isinstance(list_, yaml.SequenceNode):
        return [_append(document, list_, fields)]
    if not _EMPTY_LIST.fullmatch(document.source(list_)):
        raise document.fault(key, "images", "is empty in a way that has no place for an entry", _BY_HAND)
    if document.root.flow_style:
        gap = "" if document.text[list_.start_mark.index - 1].isspace() else " "
        return [Edit(list_.start_mark.index, list_.end_mark.index, f"{gap}[{_flow(fields, key.style)}]")]
    indent, end = " " * key.start_mark.column, list_.end_mark.index
    lines = [indent + line for line in _item(fields, *_list_style(document))]
    colon = document.text.index(":", key.end_mark.index)
    return [Edit(colon + 1, end, ""), _lines(document, end, lines, "images")]


def _add_list(document: Document, fields: Mapping[str, str]) -> Edit:
    """Put a list with one entry at the end of a file in block style."""
    end = len(document.text)
    indent, newline = " " * document.root.start_mark.column, document.newline(end)
    text = newline.join(indent + line for line in ("images:", *_item(fields, *_list_style(document))))
    return Edit(end, end, text + newline if document.indent(end) == "" else newline + text)


def _add_flow_list(document: Document, fields: Mapping[str, str]) -> Edit:
    """Put a list with one entry into a file that is written in braces."""
    root = document.root
    if not root.value:
        return Edit(root.end_mark.index - 1, root.end_mark.index - 1, f"images: [{_flow(fields, None)}]")
    end, quotes = _content_end(document, root, "images"), root.value[-1][0].style
    return Edit(end, end, f", {_key('images', quotes)}: [{_flow(fields, quotes)}]")


def _append(document: Document, images: yaml.SequenceNode, fields: Mapping[str, str]) -> Edit:
    """Put an entry after the last one of a list that has some."""
    last = images.value[-1]
    end = _content_end(document, images, "images")
    quotes = last.value[-1][0].style
    if images.flow_style:
        return Edit(end, end, f", {_flow(fields, quotes)}")
    dash = _dash(document, last)
    if dash is None:
        raise document.fault(last, "images", "has a last entry that does not stand beside its dash", _BY_HAND)
    lines = [f"{dash[0]}-{dash[1]}{_flow(fields, quotes)}"] if last.flow_style else _item(fields, *dash, quotes)
    return _lines(document, end, lines, "images")


def _item(fields: Mapping[str, str], indent: str, gap: str, quotes: str | None = None) -> list[str]:
    """The lines of one entry in block style."""
    first, *others = _fields(fields, quotes)
    return [f"{indent}-{gap}{first}", *(f"{indent} {' ' * len(gap)}{other}" for other in others)]


def _lines(document: Document, index: int, lines: list[str], path: str) -> Edit:
    """Put whole `lines` below the line of `index`, in the file's own line ends."""
    end = document.line_end(index)
    if end is None:
        line = document.text.count("\n", 0, index) + 1
        raise layout.fault(document.where, line, path, "ends on a line that goes on", _BY_HAND)
    newline = document.newline(end)
    return Edit(end, end, "".join(newline + line for line in lines))


def _list_style(document: Document) -> tuple[str, str]:
    """How the file indents its lists and what follows a dash, after the first list in it."""
    for key, value in document.root.value:
        if isinstance(value, yaml.SequenceNode) and not value.flow_style:
            indent, gap = _dash(document, value.value[0]) or (None, "")
            if indent is not None and len(indent) >= key.start_mark.column:
                return indent[key.start_mark.column :], gap
    return "  ", " "


def _dash(document: Document, item: yaml.Node) -> tuple[str, str] | None:
    """The white space before and after the dash of a list's item; None when more than that is there."""
    found = _DASH.search(document.text, 0, item.start_mark.index)
    indent = document.indent(found.start()) if found else None
    return (indent, found.group(1)) if found and indent is not None else None


def _content_end(document: Document, node: yaml.Node, path: str) -> int:
    """Where the last word of `node` ends. Its own end mark may lie after comments that belong to what follows."""
    start = node.start_mark.index
    while isinstance(node, yaml.CollectionNode):
        if node.flow_style and start != node.start_mark.index:
            break
        last = node.value[-1]
        if isinstance(last, tuple):
            start, node = last[0].end_mark.index, last[1]
        else:
            start, node = max([start, *(item.end_mark.index for item in node.value[:-1])]), last
        if node.start_mark.index < start or (isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")):
            raise document.fault(node, path, "ends with an alias or a block of text", _BY_HAND)
    return int(node.end_mark.index)


def _fields(fields: Mapping[str, str], quotes: str | None) -> list[str]:
    return [f"{_key(key, quotes)}: {_scalar(key, value, quotes)}" for key, value in fields.items()]


def _flow(fields: Mapping[str, str], quotes: str | None) -> str:
    return "{" + ", ".join(_fields(fields, quotes)) + "}"


def _key(key: str, quotes: str | None) -> str:
    return f"{quotes}{key}{quotes}" if quotes in ("'", '"') else key


def _scalar(key: str, value: str, style: str | None) -> str:
    """`value` in the style of what stands there; a tag is never bare."""
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    if (
        style == '"'
        or key == "newTag"
        or not re.fullmatch(r"[\w./@:-]*\w", value, re.ASCII)
        or not layout.is_word(value)
    ):
        return json.dumps(value, ensure_ascii=False)
    return value
