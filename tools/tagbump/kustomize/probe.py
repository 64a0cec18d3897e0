"""Copies an overlay with marks for images, which show in the rendered manifests what each entry of `images:` reaches.

kustomize says nothing about an entry that matches nothing, and what it matches is a pattern, replaced in several
layers: only its own output tells.
"""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import yaml

from tagbump.kustomize import layout

_MAP = "tag:yaml.org,2002:map"
_STRING = "tag:yaml.org,2002:str"
_DUMPER: type[yaml.SafeDumper] | type[yaml.CSafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def mark(index: int) -> str:
    """The image that stands for the entry at `index`: whole, since other transformers may take it apart."""
    return f"tagbump.invalid/entry-{index}:mark@sha256:{'0' * 64}"


def is_pattern(name: str) -> bool:
    """Whether kustomize, which reads names as regular expressions, may match more than `name`."""
    return re.escape(name).replace("\\-", "-") != name


@contextmanager
def marked_copy(root: Path, overlay: str, file_name: str, marked: Collection[int], *, literal: bool) -> Iterator[Path]:
    """A root like `root` in which the entries of `overlay` at the `marked` indexes give their marks.

    `literal` matches their names letter by letter.
    """
    text = _mark((root / overlay / file_name).read_bytes(), f"{overlay}/{file_name}", marked, literal=literal)
    with _copy(root, overlay) as copy:
        (copy / overlay / file_name).unlink()  # it may be a link into the original
        (copy / overlay / file_name).write_bytes(text)
        yield copy


def _mark(text: bytes, where: str, marked: Collection[int], *, literal: bool) -> bytes:
    whole = layout.read(text, where)
    images = dict(whole.items())["images"]
    names = [dict(entry.items())["name"].node.value for entry in images.elements()]
    for index in marked:
        name = names[index]
        repository, _, rest = mark(index).partition(":")
        tag, _, digest = rest.partition("@")
        fields = {"name": re.escape(name) if literal else name, "newName": repository, "newTag": tag, "digest": digest}
        pairs = [(_quoted(key), _quoted(value)) for key, value in fields.items()]
        images.node.value[index] = yaml.MappingNode(_MAP, pairs)
    written: bytes = yaml.serialize(whole.node, Dumper=_DUMPER, encoding="utf-8", allow_unicode=True)
    return written


def _quoted(text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(_STRING, text, style='"')


@contextmanager
def _copy(root: Path, overlay: str) -> Iterator[Path]:
    """A root with a copy of the overlay and links to everything around it, so that the original stays as it is."""
    with tempfile.TemporaryDirectory(prefix="tagbump-") as folder:
        here, there = Path(folder), root.resolve()
        for part in PurePosixPath(overlay).parts:
            for sibling in there.iterdir():
                if sibling.name != part:
                    (here / sibling.name).symlink_to(sibling)
            here, there = here / part, there / part
            here.mkdir()
        shutil.copytree(there, here, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
        yield Path(folder)
