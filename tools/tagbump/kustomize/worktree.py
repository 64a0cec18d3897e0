"""Writes to a scratch folder the files of a commit that rendering an overlay needs, and no others."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tagbump.errors import ConfigurationError
from tagbump.kustomize import layout, pins
from tagbump.repository.remote import Remote

_MAX_FOLDERS: Final = 1000  # an overlay stands on a handful; more is a loop in disguise
_MAX_FILES: Final = 20_000
# The lists of a kustomization that may name folders elsewhere. What its other keys name lies below itself: kustomize
# loads nothing else.
_BUILT_ON: Final = ("resources", "components", "bases", "transformers", "generators", "validators")


def materialise(remote: Remote, commit: str, overlay: str, destination: Path) -> None:
    """Write the folder `overlay` of `commit`, and every folder it stands on, below `destination`.

    Raises ConfigurationError for a symbolic link or a path that leads out of the repository.
    """
    entries = remote.objects.entries(commit, sorted(_folders(remote, commit, overlay)), below=True)
    # Without submodules: kustomize will say what it misses.
    files = {path: entry for path, entry in entries.items() if entry.mode != "160000"}
    if len(files) > _MAX_FILES:
        raise ConfigurationError(f"{overlay} stands on {len(files)} files: more than {_MAX_FILES} are not rendered")
    contents = remote.objects.read([entry.oid for entry in files.values()])
    for (path, entry), content in zip(files.items(), contents, strict=True):
        if any(part in ("", ".", "..", ".git") for part in path.split("/")):
            raise ConfigurationError(f"{path!r} is no path that can be written")
        if entry.mode == "120000":
            raise ConfigurationError(
                f"{path}: is a symbolic link", hint="put the file there, or list it under resources"
            )
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _folders(remote: Remote, commit: str, overlay: str) -> set[str]:
    """Return `overlay` and all folders that it names as what it is built on, and those that they name."""
    found: set[str] = set()
    waiting = {overlay}
    while waiting and len(found) < _MAX_FOLDERS:
        found |= waiting
        paths = [f"{folder}/{name}" for folder in sorted(waiting) for name in pins.FILE_NAMES]
        entries = {path: e for path, e in remote.objects.entries(commit, paths).items() if e.mode.startswith("100")}
        texts = remote.objects.read([entry.oid for entry in entries.values()])
        named = {
            posixpath.normpath(posixpath.join(posixpath.dirname(path), item))
            for path, text in zip(entries, texts, strict=True)
            for item in _named(text)
        }
        inside = sorted(path for path in named - found if not path.startswith(("../", "/")) and path not in (".", ".."))
        trees = remote.objects.entries(commit, inside) if inside else {}
        waiting = {path for path, entry in trees.items() if entry.mode == "040000"}
    return found


def _named(text: bytes) -> Iterator[str]:
    """Give what a kustomization builds on. What can't be read is left for kustomize to complain of."""
    try:
        keys = dict(layout.read(text, "").items())
        items = [i for key in _BUILT_ON if key in keys and not keys[key].is_nothing for i in keys[key].elements()]
    except ConfigurationError:
        return
    yield from (item.node.value for item in items if item.is_text and "://" not in item.node.value)
