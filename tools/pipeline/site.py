"""The site under web/: which of its files keep their content under their name, and which get another one there."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import Misconfigured

FOLDER: Final = "web"
_BUILT: Final = "web/dist"
_SOURCES: Final = "web/package.json"
_PAGES: Final = (".html", ".htm")
_NOT_IN_PAGES: Final = frozenset("*;?:@=&")
"""What CloudFront takes for more than a part of a name, where it is told of a page; to it `*` is any page."""

_HASH: Final = re.compile(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}")
"""What is taken for the hash of a file's content: hex digits, letters and figures both.

Bundlers write others too, which no rule can tell from words: `Windows7` could be one. To take a hash for a word costs
browsers a question each time; to take a word for a hash leaves them with an old file for a year.
"""


@dataclass(frozen=True)
class Site:
    """The files of a site, by their names from `folder` on, sorted: each name in one of three places.

    `assets` have a hash in their name: under it they never change. `pages` are what people enter by. `others` are the
    rest, which changes under its name as they do.
    """

    folder: Path
    assets: Sequence[str]
    others: Sequence[str]
    pages: Sequence[str]

    @property
    def entrances(self) -> Sequence[str]:
        """The paths by which people enter: those of the pages, and for a folder's index the folder itself too."""
        paths = [f"/{name}" for name in self.pages]
        folders = [path.removesuffix("index.html") for path in paths if path.endswith("/index.html")]
        return sorted([*paths, *folders])


def is_there(root: Path) -> bool:
    """Say whether `root` has a site."""
    return os.path.lexists(root / FOLDER)


def read(root: Path) -> Site:
    """Return the site of `root`: web/dist, or web/ itself where it has no dist.

    What is hidden is no part of it, but for .well-known. Raises Misconfigured where it is not built, and for files that
    can't be published.
    """
    built = os.path.lexists(root / _BUILT)
    if not built and (root / _SOURCES).exists():
        raise Misconfigured(f"{_SOURCES} says that the site is built, and there is no {_BUILT}", "commit what is built")
    folder = root / (_BUILT if built else FOLDER)
    for place in (root / FOLDER, folder):
        if place.is_symlink() or not place.is_dir():
            raise Misconfigured(f"{place.relative_to(root)} is no folder", "a site is a folder of files")
    names = sorted(_names(folder, folder))
    pages = [name for name in names if name.endswith(_PAGES)]
    if wrong := [page for page in pages if _NOT_IN_PAGES & set(page)]:
        raise Misconfigured(f"{wrong[0]} can't be published", f"a page has none of {' '.join(sorted(_NOT_IN_PAGES))}")
    assets = [name for name in names if not name.endswith(_PAGES) and _carries_a_hash(name)]
    return Site(folder, assets, sorted({*names} - {*assets, *pages}), pages)


def _carries_a_hash(name: str) -> bool:
    return any(map(_HASH.fullmatch, re.split(r"[._-]", name.rpartition("/")[2])))


def _names(folder: Path, top: Path) -> Iterator[str]:
    for path in folder.iterdir():
        name = path.relative_to(top).as_posix()
        if path.name.startswith(".") and path.name != ".well-known":
            continue
        if not name.isprintable():
            raise Misconfigured(f"{name!r} can't be published", "a name is of what can be printed, in UTF-8")
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise Misconfigured(f"{name} is no file", "a link could lead out of the site: put a copy in its place")
        if path.is_dir():
            yield from _names(path, top)
        else:
            yield name
