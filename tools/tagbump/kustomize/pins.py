"""Reads an overlay's image from its kustomization and rewrites it, byte for byte. Pure: bytes in, bytes out."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from tagbump.errors import ConfigurationError, Refused, UsageError
from tagbump.kustomize import compare, layout, splice
from tagbump.kustomize.layout import Document, Pair
from tagbump.model import Artifact

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What kustomize looks for in a folder; it refuses a folder that has two of them."""

_PINS = ("newName", "newTag", "digest")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry. `line` counts from 1."""

    text: str
    line: int
    is_string: bool
    """False where some YAML parser reads a number, a date or a truth value: an unquoted 1.10, 1e3, true."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an `images:` list as it stands. It may still be half an artifact, or none."""

    where: str
    path: str
    """Its place in the file, such as `images[0]`."""
    line: int
    name: str
    values: Mapping[str, Value]
    """By key: `newName`, `newTag` and `digest`, where they say something."""

    def artifact(self) -> Artifact | None:
        """The artifact pinned here; None when nothing is pinned yet. Raises ConfigurationError for anything between."""
        tag, digest = self.values.get("newTag"), self.values.get("digest")
        if tag is None and digest is None:
            return None
        for key, value in self.values.items():
            if not value.is_string:
                raise layout.fault(
                    self.where,
                    value.line,
                    f"{self.path}.{key}",
                    f"{value.text} is not a string to every YAML parser",
                    f'write it as "{value.text}"',
                )
        if tag is None or digest is None:
            raise layout.fault(
                self.where,
                self.line,
                self.path,
                f"pins half an artifact: {'newTag' if tag is None else 'digest'} is missing",
                "set the whole artifact with tagbump bump or tagbump promote",
            )
        new_name = self.values.get("newName")
        try:
            return Artifact(new_name.text if new_name else self.name, tag.text, digest.text)
        except Refused as error:
            raise layout.fault(self.where, self.line, self.path, error.objection, error.hint) from error
        except UsageError as error:
            raise layout.fault(self.where, self.line, self.path, error.message, error.hint) from error


@dataclass(frozen=True, slots=True)
class _Slot:
    """An entry, and where it stands."""

    entry: Entry
    node: yaml.MappingNode


def read_artifact(text: bytes, name: str, where: str) -> Artifact | None:
    """The artifact which the kustomization gives to image `name`; None when it gives none yet.

    `where` is the file's path, for errors. Raises ConfigurationError for what is not exactly one whole artifact.
    """
    slot = _find(layout.read(text, where), name)[1]
    return slot.entry.artifact() if slot else None


def find_artifact(text: bytes, name: str) -> Artifact | None:
    """The artifact of image `name` where there is a whole one. Never raises: old commits may hold anything."""
    try:
        return read_artifact(text, name, "")
    except ConfigurationError:
        return None


def read_entries(text: bytes, where: str) -> tuple[Entry, ...]:
    """Every entry of `images:` in order, doubles among them. Raises ConfigurationError for what is no list of them."""
    return tuple(slot.entry for slot in _slots(layout.read(text, where))[1])


def rewrite(text: bytes, name: str, artifact: Artifact, where: str) -> bytes:
    """The same file with `artifact` for image `name`: only the bytes of newName, newTag and digest differ.

    A missing key, entry or list is added. The very same bytes come back where the file says it already. Raises
    ConfigurationError where the edit would be a guess, or would reach any other key.
    """
    before = layout.read(text, where)
    images, slot = _find(before, name)
    wanted = {"newName": artifact.repository, "newTag": artifact.tag, "digest": artifact.digest}
    if artifact.repository == name and not (slot and "newName" in slot.entry.values):
        del wanted["newName"]
    if slot:
        edits = splice.update(before, slot.node, slot.entry.path, wanted)
    else:
        edits = splice.add(before, images, {"name": name, **wanted})
    if not edits:
        return text
    after = splice.apply(before, edits)
    if not _is_meant(before, after, name, artifact):
        line = slot.entry.line if slot else 1
        raise layout.fault(
            where,
            line,
            slot.entry.path if slot else "images",
            f"no edit sets the image {name!r} and nothing else; an anchor or an unusual layout is in the way",
            "write newName, newTag and digest there by hand once",
        )
    return after


def _find(document: Document, name: str) -> tuple[Pair | None, _Slot | None]:
    """The pair of `images`, and the one entry of `name`, where they are there."""
    images, slots = _slots(document)
    mine = [slot for slot in slots if slot.entry.name == name]
    if len(mine) > 1:
        raise layout.fault(
            document.where,
            mine[1].entry.line,
            mine[1].entry.path,
            f"is a second entry for {name!r}, after line {mine[0].entry.line}",
            "remove one of the two: kustomize takes the last and says nothing",
        )
    return images, mine[0] if mine else None


def _slots(document: Document) -> tuple[Pair | None, list[_Slot]]:
    images = document.keys(document.root, "").get("images")
    if images is None or layout.is_empty(images[1]):
        return images, []
    if not isinstance(images[1], yaml.SequenceNode):
        raise document.fault(images[1], "images", "must be a list")
    return images, [_slot(document, node, f"images[{index}]") for index, node in enumerate(images[1].value)]


def _slot(document: Document, node: yaml.Node, path: str) -> _Slot:
    if not isinstance(node, yaml.MappingNode):
        raise document.fault(node, path, "must be a mapping")
    pairs = document.keys(node, path)
    if "name" not in pairs or not document.reads_as_string(pairs["name"][1]) or not pairs["name"][1].value:
        raise document.fault(node, f"{path}.name", "must be a string", "name the image which the manifests name")
    values: dict[str, Value] = {}
    for key in _PINS:
        if key in pairs and not layout.is_empty(value := pairs[key][1]):
            if not isinstance(value, yaml.ScalarNode):
                raise document.fault(value, f"{path}.{key}", "must be a string")
            values[key] = Value(value.value, layout.line_of(pairs[key][0]), document.reads_as_string(value))
    entry = Entry(document.where, path, layout.line_of(node), str(pairs["name"][1].value), values)
    return _Slot(entry, node)


def _is_meant(before: Document, text: bytes, name: str, artifact: Artifact) -> bool:
    """Whether `text` gives `name` its artifact and says all else as before: an unforeseen layout ends here."""
    try:
        after = layout.read(text, before.where)
        slot = _find(after, name)[1]
        if slot is None or slot.entry.artifact() != artifact:
            return False
        added = _find(before, name)[1] is None
        return compare.same(_rest(before, name, added=added), _rest(after, name, added=added))
    except ConfigurationError:
        return False


def _rest(document: Document, name: str, *, added: bool) -> list[yaml.Node]:
    """All that no rewrite of `name` may touch. An entry that was `added` may be touched whole."""
    rest = [node for key, value in document.root.value if key.value != "images" for node in (key, value)]
    for slot in _slots(document)[1]:
        if slot.entry.name != name:
            rest.append(slot.node)
        elif not added:
            rest += [node for key, value in slot.node.value if key.value not in _PINS for node in (key, value)]
    return rest
