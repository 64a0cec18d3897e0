"""The promises that verify checks about one overlay. Pure: each is judged on what was read and rendered before."""

import re
from collections import Counter
from collections.abc import Sequence

from tagbump import references
from tagbump.errors import ConfigurationError
from tagbump.kustomize import layout, pins
from tagbump.kustomize.manifests import RenderedImage
from tagbump.kustomize.pins import Entry
from tagbump.model import Artifact, Check
from tagbump.values import Value

NAMES = ("renders", "doubles", "tags", "artifact", "matches", "images", "digests")

_PINNED = re.compile(rf".+@{references.DIGEST.pattern}")


class Reach(Value):
    """What the entries of an overlay reach, seen in renders with marks for their images."""

    idle: frozenset[int]
    """The indexes of entries that reach nothing."""
    marks: tuple[str, ...]
    """The image of each container where every entry gives its mark; empty where there are no entries."""
    literal_marks: tuple[str, ...]
    """The same where the name in question is matched letter by letter."""
    own: frozenset[str]
    """The marks of the name in question."""


def of_file(text: bytes, where: str, entries: Sequence[Entry], name: str) -> list[Check]:
    """What the file itself must keep: one entry a name, tags that are strings, a whole artifact for `name`."""
    counts = Counter(entry.name for entry in entries)
    doubles = [
        f"{entry.place.path} ({entry.name}) in line {entry.place.line}" for entry in entries if counts[entry.name] > 1
    ]
    bare = [
        f"{tag.path} in line {tag.line}: {tag.node.value}"
        for entry in entries
        if (tag := entry.values.get("newTag")) and not layout.reads_as_string(tag)
    ]
    return [
        _check("doubles", doubles, f"{where}: one entry for each name", f"{where} has two entries for one name"),
        _check("tags", bare, f"{where}: every tag is a string", f"{where} has tags that YAML reads as no string"),
        _artifact(text, where, entries, name),
    ]


def _artifact(text: bytes, where: str, entries: Sequence[Entry], name: str) -> Check:
    try:
        artifact = pins.read_artifact(text, name, where)
    except ConfigurationError as error:
        return Check("artifact", False, error.message)
    if artifact is not None:
        return Check("artifact", True, str(artifact))
    names = dict.fromkeys(entry.name for entry in entries)
    if names and name not in names:
        return Check("artifact", False, f"{where} has no entry {name!r} (it has {', '.join(names)})")
    return Check("artifact", False, f"{where}: {name!r} has no artifact yet")


def of_manifests(rendered: Sequence[RenderedImage], reach: Reach, entries: Sequence[Entry], name: str) -> list[Check]:
    """What the manifests must keep: no idle entry, `name` always as its artifact, a digest for every image."""
    idle = [f"{entries[index].place.path} ({entries[index].name})" for index in sorted(reach.idle)]
    bare = [str(image) for image in rendered if not _PINNED.fullmatch(image.image)]
    return [
        _check("matches", idle, f"all of {len(entries)} entries reach an image", "matches no image in the manifests"),
        _images(rendered, reach, entries, name),
        _check("digests", bare, f"all of {len(rendered)} images have one", "without a digest"),
    ]


def _images(rendered: Sequence[RenderedImage], reach: Reach, entries: Sequence[Entry], name: str) -> Check:
    artifact = _whole([entry for entry in entries if entry.name == name])
    if artifact is None:
        return Check("images", False, f"not judged: {name!r} has no one artifact")
    if not len(rendered) == len(reach.marks) == len(reach.literal_marks):
        return Check("images", False, "not judged: the manifests have other containers when an image changes")
    wrong, own = [], 0
    for image, mark, literal in zip(rendered, reach.marks, reach.literal_marks, strict=True):
        mine = literal in reach.own or _is_of(image.image, name, artifact)
        own += mine
        if mine and image.image != str(artifact):
            wrong.append(f"{image} is not {artifact}")
        elif mark in reach.own and literal not in reach.own:
            wrong.append(f"{image} was another image, but kustomize reads {name!r} as a pattern that matches it")
    return _check("images", wrong, f"{artifact} in {own} containers", "another image than the artifact")


def _whole(entries: Sequence[Entry]) -> Artifact | None:
    try:
        return entries[0].artifact() if len(entries) == 1 else None
    except ConfigurationError:
        return None


def _is_of(image: str, name: str, artifact: Artifact) -> bool:
    """Say whether `image` is called `name`, or is of the artifact's repository, however that is written."""
    reference = image.partition("@")[0]
    front, _, tag = reference.rpartition(":")
    repository = reference if not front or "/" in tag else front
    return repository == name or references.canonical(repository) == references.canonical(artifact.repository)


def _check(name: str, wrong: Sequence[str], fine: str, what: str) -> Check:
    return Check(name, not wrong, f"{what}: {'; '.join(wrong)}" if wrong else fine)


def complete(found: Sequence[Check], reason: str) -> list[Check]:
    """Every check in order; those that could not be judged have failed for `reason`."""
    by_name = {check.name: check for check in found}
    return [by_name.get(name, Check(name, False, f"not judged: {reason}")) for name in NAMES]
