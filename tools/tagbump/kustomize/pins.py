"""Reads an overlay's image from its kustomization and rewrites it, byte for byte. Pure: bytes in, bytes out."""

from collections.abc import Mapping
from functools import lru_cache

import yaml

from tagbump.errors import ConfigurationError, Refused, UsageError
from tagbump.kustomize import compare, layout, splice
from tagbump.model import Artifact
from tagbump.places import Place
from tagbump.values import Value

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What kustomize looks for in a folder; it refuses a folder that has two of them."""

_PINS = ("newName", "newTag", "digest")

# What kustomize takes such keys for: it minds no case, and still reads the name that `images` had once.
_IN_FILE = {"images": "images", "imagetags": "images"}
_IN_ENTRY = {key.casefold(): key for key in ("name", *_PINS)}


class Entry(Value):
    """One entry of an `images:` list as it stands. It may still be half an artifact, or none."""

    place: Place
    name: str
    values: Mapping[str, Place]
    """By key: `newName`, `newTag` and `digest`, where they say something."""

    def artifact(self) -> Artifact | None:
        """The artifact pinned here; None when nothing is pinned yet. Raises ConfigurationError for anything between."""
        tag, digest = self.values.get("newTag"), self.values.get("digest")
        if tag is None and digest is None:
            return None
        for value in self.values.values():
            if not layout.reads_as_string(value):
                text = value.node.value
                raise value.error(f"{text} is not a string to every YAML parser", f'write it as "{text}"')
        if tag is None or digest is None:
            raise self.place.error(
                f"pins half an artifact: {'newTag' if tag is None else 'digest'} is missing",
                "set the whole artifact with tagbump bump or tagbump promote",
            )
        new_name = self.values.get("newName")
        try:
            return Artifact(new_name.node.value if new_name else self.name, tag.node.value, digest.node.value)
        except Refused as error:
            raise self.place.error(error.objection, error.hint) from error
        except UsageError as error:
            raise self.place.error(error.message, error.hint) from error


def read_artifact(text: bytes, name: str, where: str) -> Artifact | None:
    """The artifact which the kustomization gives to image `name`; None when it gives none yet.

    `where` is the file's path, for errors. Raises ConfigurationError for what is not exactly one whole artifact.
    """
    _, entry = _looked_up(text, name, where)
    return entry.artifact() if entry else None


def find_artifact(text: bytes, name: str) -> Artifact | None:
    """The artifact of image `name` where there is a whole one. Never raises: old commits may hold anything."""
    try:
        return read_artifact(text, name, "")
    except ConfigurationError:
        return None


def read_entries(text: bytes, where: str) -> tuple[Entry, ...]:
    """Every entry of `images:` in order, doubles among them. Raises ConfigurationError for what is no list of them."""
    return tuple(_entries(layout.read(text, where)))


def names(text: bytes, where: str) -> tuple[str, ...]:
    """The names of the entries of `images:`, each once and in order. Raises as `read_entries` does."""
    return tuple(dict.fromkeys(entry.name for entry in read_entries(text, where)))


def rewrite(text: bytes, name: str, artifact: Artifact, where: str) -> bytes:
    """The same file with `artifact` for image `name`: only the bytes of newName, newTag and digest differ.

    A missing key, entry or list is added. The very same bytes come back where the file says it already. Raises
    ConfigurationError where the edit would be a guess, or would reach any other key.
    """
    before, entry = _looked_up(text, name, where)
    wanted = {"newName": artifact.repository, "newTag": artifact.tag, "digest": artifact.digest}
    if artifact.repository == name and not (entry and "newName" in entry.values):
        del wanted["newName"]
    edits = splice.update(entry.place, wanted) if entry else splice.add(before, {"name": name, **wanted})
    if not edits:
        return text
    after = splice.apply(before.file, edits)
    if all(edit.sure for edit in edits) and "*" not in before.file.text:  # and nothing repeats what was changed
        return after
    if not _is_meant(before, after, name, artifact):
        place = entry.place if entry else Place(before.file, before.node, "images", 1)
        raise place.error(
            f"no edit sets the image {name!r} and nothing else; an anchor or an unusual layout is in the way",
            "write newName, newTag and digest there by hand once",
        )
    return after


@lru_cache(maxsize=8)
def _looked_up(text: bytes, name: str, where: str) -> tuple[Place, Entry | None]:
    """The whole file and the one entry of `name`. Kept for a while: what is rewritten was read just before."""
    whole = layout.read(text, where)
    return whole, _find(whole, name)


def _find(whole: Place, name: str) -> Entry | None:
    """The one entry of `name`, where it is there."""
    mine = [entry for entry in _entries(whole) if entry.name == name]
    if len(mine) > 1:
        raise mine[1].place.error(
            f"is a second entry for {name!r}, after line {mine[0].place.line}",
            "remove one of the two: kustomize takes the last and says nothing",
        )
    return mine[0] if mine else None


def _entries(whole: Place) -> list[Entry]:
    images = _keys(whole, _IN_FILE).get("images")
    return [] if images is None or images.is_nothing else [_entry(place) for place in images.elements()]


def _entry(place: Place) -> Entry:
    keys = _keys(place, _IN_ENTRY)
    if "name" not in keys:
        raise place.error("name is missing", "name the image which the manifests name")
    name = keys["name"]
    if not layout.reads_as_string(name) or not name.node.value:
        raise name.error("takes a text that every YAML parser reads as one", "quote it")
    values = {key: keys[key] for key in _PINS if key in keys and not keys[key].is_nothing}
    for value in values.values():
        if not isinstance(value.node, yaml.ScalarNode):
            raise value.error("takes a text")
    return Entry(place, name.node.value, values)


def _keys(place: Place, taken_for: Mapping[str, str]) -> dict[str, Place]:
    """The keys of a mapping. Raises where one is none that is looked for here, and kustomize takes it for one."""
    keys = dict(place.items())
    for key, value in keys.items():
        meant = taken_for.get(key.casefold(), key)
        if meant != key:
            raise value.error(f"kustomize reads this as {meant}", f"write it as {meant}, and once, or take it out")
    return keys


def _is_meant(before: Place, text: bytes, name: str, artifact: Artifact) -> bool:
    """Whether `text` gives `name` its artifact and says all else as before: an unforeseen layout ends here."""
    try:
        after = layout.read(text, before.file.name)
        entry = _find(after, name)
        if entry is None or entry.artifact() != artifact:
            return False
        added = _find(before, name) is None
        return compare.same(_rest(before, name, added=added), _rest(after, name, added=added))
    except ConfigurationError:
        return False


def _rest(whole: Place, name: str, *, added: bool) -> list[yaml.Node]:
    """All that no rewrite of `name` may touch. An entry that was `added` may be touched whole."""
    rest = [node for key, value in whole.node.value if key.value != "images" for node in (key, value)]
    for entry in _entries(whole):
        if entry.name != name:
            rest.append(entry.place.node)
        elif not added:
            rest += [node for key, value in entry.place.node.value if key.value not in _PINS for node in (key, value)]
    return rest
