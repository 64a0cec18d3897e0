"""Says which characters of a kustomization must change for an image to change. The rest of the file stays as it is."""

import json
import re
from collections.abc import Mapping

import yaml

from tagbump import references
from tagbump.kustomize import layout
from tagbump.places import File, Place
from tagbump.values import Value

_BY_HAND = "write the entry there by hand once, as name, newName, newTag and digest"
# Compiled when they are first asked: most releases find their entry there.
#
# Between a dash and its item; a comment there makes the width of the gap a guess.
_DASH = r"-( +)\Z"
_EMPTY_LIST = r"\[\s*\]|~|null|Null|NULL|\"\"|''|"
# What no quote ends and no escape changes, in quotes of either kind; a plain name; a digest.
_WORDS = (*map(re.compile, (r'"[\w.@/:+-]*"', r"'[\w.@/:+-]*'", r"[A-Za-z0-9][\w./-]*")), references.DIGEST)


class Edit(Value):
    """Put `text` in the place of the characters from `start` to `end`.

    `sure` says that it is a word for a word of the same kind: whatever stands around it, YAML reads that as before.
    """

    start: int
    end: int
    text: str
    sure: bool = False


def apply(file: File, edits: list[Edit]) -> bytes:
    """The bytes of `file` after all `edits`, which do not overlap."""
    parts, last = [file.mark], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += (file.text[last : edit.start], edit.text)
        last = edit.end
    return "".join((*parts, file.text[last:])).encode()


def update(entry: Place, wanted: Mapping[str, str]) -> list[Edit]:
    """The edits that make the keys of `entry` say what is `wanted`; none when they say it already."""
    keys = dict(entry.items())
    edits = [
        _replace(keys[key], key, value)
        for key, value in wanted.items()
        if key in keys and not (layout.reads_as_string(keys[key]) and keys[key].node.value == value)
    ]
    missing = {key: value for key, value in wanted.items() if key not in keys}
    if missing:
        edits.append(_add_keys(entry, missing))
    return edits


def _replace(place: Place, key: str, value: str) -> Edit:
    old = place.node
    start, end = old.start_mark.index, old.end_mark.index
    hint = "write the value as plain text"
    if _is_alias(place):
        raise place.error("is an alias: what it follows would be lost", hint)
    if not isinstance(old, yaml.ScalarNode) or len(place.source.splitlines()) > 1:
        raise place.error("is not written on one line", hint)
    if place.source[:1] in ("&", "!"):
        raise place.error("has an anchor or a tag, and others may follow it", hint)
    new = _scalar(key, value, old.style)
    sure = any(kind.fullmatch(place.source) and kind.fullmatch(new) for kind in _WORDS)
    return Edit(start, end, new if start < end else f" {new}", sure)


def _is_alias(place: Place) -> bool:
    """Whether the value stands before its key: it is that of another key, which an alias repeats."""
    return place.key is not None and bool(place.node.start_mark.index < place.key.end_mark.index)


def _in_brackets(place: Place) -> bool:
    return isinstance(place.node, yaml.CollectionNode) and bool(place.node.flow_style)


def _add_keys(entry: Place, missing: Mapping[str, str]) -> Edit:
    """Put `missing` after the last key of `entry`."""
    key = entry.node.value[-1][0]
    end = _content_end(entry)
    fields = _fields(missing, key.style)
    if _in_brackets(entry):
        return Edit(end, end, "".join(f", {field}" for field in fields))
    return _lines(entry, end, [" " * key.start_mark.column + field for field in fields])


def add(whole: Place, fields: Mapping[str, str]) -> list[Edit]:
    """The edits that add an entry of `fields` to the list `images`, and the list itself where there is none."""
    images = dict(whole.items()).get("images")
    if images is None or images.key is None:
        return [_add_flow_list(whole, fields) if _in_brackets(whole) else _add_list(whole, fields)]
    text, key, list_ = whole.file.text, images.key, images.node
    if _is_alias(images):
        raise images.error("is an alias: a new entry would reach what it follows", _BY_HAND)
    if list_.value and isinstance(list_, yaml.SequenceNode):
        return [_append(whole, images, fields)]
    if not re.fullmatch(_EMPTY_LIST, images.source):
        raise images.error("is empty in a way that has no place for an entry", _BY_HAND)
    if _in_brackets(whole):
        gap = "" if text[list_.start_mark.index - 1].isspace() else " "
        return [Edit(list_.start_mark.index, list_.end_mark.index, f"{gap}[{_flow(fields, key.style)}]")]
    indent, end = " " * key.start_mark.column, list_.end_mark.index
    lines = [indent + line for line in _item(fields, *_list_style(whole))]
    colon = text.index(":", key.end_mark.index)
    return [Edit(colon + 1, end, ""), _lines(images, end, lines)]


def _add_list(whole: Place, fields: Mapping[str, str]) -> Edit:
    """Put a list with one entry at the end of a file in block style."""
    text = whole.file.text
    end = len(text)
    indent, newline = " " * whole.node.start_mark.column, layout.newline(text, end)
    lines = newline.join(indent + line for line in ("images:", *_item(fields, *_list_style(whole))))
    return Edit(end, end, lines + newline if layout.indent(text, end) == "" else newline + lines)


def _add_flow_list(whole: Place, fields: Mapping[str, str]) -> Edit:
    """Put a list with one entry into a file that is written in braces."""
    root = whole.node
    if not root.value:
        return Edit(root.end_mark.index - 1, root.end_mark.index - 1, f"images: [{_flow(fields, None)}]")
    end, quotes = _content_end(whole), root.value[-1][0].style
    return Edit(end, end, f", {_key('images', quotes)}: [{_flow(fields, quotes)}]")


def _append(whole: Place, images: Place, fields: Mapping[str, str]) -> Edit:
    """Put an entry after the last one of a list that has some."""
    last = images.node.value[-1]
    end = _content_end(images)
    quotes = last.value[-1][0].style
    if _in_brackets(images):
        return Edit(end, end, f", {_flow(fields, quotes)}")
    dash = _dash(whole.file.text, last)
    if dash is None:
        raise images.error("has a last entry that does not stand beside its dash", _BY_HAND)
    lines = [f"{dash[0]}-{dash[1]}{_flow(fields, quotes)}"] if last.flow_style else _item(fields, *dash, quotes)
    return _lines(images, end, lines)


def _item(fields: Mapping[str, str], indent: str, gap: str, quotes: str | None = None) -> list[str]:
    """The lines of one entry in block style."""
    first, *others = _fields(fields, quotes)
    return [f"{indent}-{gap}{first}", *(f"{indent} {' ' * len(gap)}{other}" for other in others)]


def _lines(place: Place, index: int, lines: list[str]) -> Edit:
    """Put whole `lines` below the line of `index`, in the file's own line ends."""
    text = place.file.text
    end = layout.line_end(text, index)
    if end is None:
        raise place.error(f"ends on line {text.count(chr(10), 0, index) + 1}, which goes on", _BY_HAND)
    newline = layout.newline(text, end)
    return Edit(end, end, "".join(newline + line for line in lines))


def _list_style(whole: Place) -> tuple[str, str]:
    """How the file indents its lists and what follows a dash, after the first list in it."""
    for key, value in whole.node.value:
        if isinstance(value, yaml.SequenceNode) and not value.flow_style:
            indent, gap = _dash(whole.file.text, value.value[0]) or (None, "")
            if indent is not None and len(indent) >= key.start_mark.column:
                return indent[key.start_mark.column :], gap
    return "  ", " "


def _dash(text: str, item: yaml.Node) -> tuple[str, str] | None:
    """The white space before and after the dash of a list's item; None when more than that is there."""
    found = re.compile(_DASH).search(text, 0, item.start_mark.index)
    indent = layout.indent(text, found.start()) if found else None
    return (indent, found.group(1)) if found and indent is not None else None


def _content_end(place: Place) -> int:
    """Where the last word of what stands here ends. Its own end mark may lie after comments that belong elsewhere."""
    node = place.node
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
            raise place.error("ends with an alias or a block of text", _BY_HAND)
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
