"""Which road a commit takes, from the names of what changed. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

Road = Literal["release", "checks", "manifests", "docs"]

_MANIFESTS: Final = ("k8s", "argocd", "platform", "infra", "tagbump.yaml")
_OVERLAYS: Final = "k8s/overlays"
_BESIDE: Final = (".dockerignore", "service/Dockerfile", "jenkins/base-image")
"""What goes into the image though .dockerignore does not let it in: how it is built, and of what."""
_EVERYTHING: Final = ("*",)
_SITE: Final = "web"
"""No part of the image, and yet part of a release: its pages go out after the version that they ask."""


@dataclass(frozen=True)
class Decision:
    """A road, and the files that decided it: none where nothing changed that counts."""

    road: Road
    because: Sequence[str]


def released(dockerignore: str) -> Sequence[str]:
    """Return the files and folders that a release is made of: those of the image, and the site."""
    return (*inputs(dockerignore), _SITE)


def inputs(dockerignore: str) -> Sequence[str]:
    """Return the files and folders that the image is made of; everything where `dockerignore` does not begin with `*`.

    A pattern counts as far as it names a place, and ends with `*` here: what is too much builds an image too many,
    which does no harm.
    """
    lines = [line.strip() for line in dockerignore.splitlines() if line.strip() and not line.startswith("#")]
    if not lines or lines[0] not in ("*", "**"):
        return _EVERYTHING
    allowed = (line[1:].strip().lstrip("/") for line in lines if line.startswith("!"))
    places = (re.sub(r"[*?\[\\].*", "*", place).rstrip("/") for place in allowed)
    return (*sorted(places), *_BESIDE)


def on_main(unreleased: Iterable[str], changed: Iterable[str], places: Collection[str]) -> Decision:
    """Say which road main takes.

    `unreleased` was touched since the last source that was released, which is made of `places`; `changed` since the
    last commit that somebody made.
    """
    names = sorted(set(changed))
    groups: tuple[tuple[Road, list[str]], ...] = (
        ("release", [name for name in sorted(set(unreleased)) if any(_below(name, place) for place in places)]),
        ("checks", [name for name in names if not _is_manifest(name) and not _is_document(name)]),
        ("manifests", [name for name in names if _is_manifest(name)]),
        ("docs", names),
    )
    return next((Decision(road, found) for road, found in groups if found), Decision("docs", []))


def on_branch(changed: Iterable[str]) -> Decision:
    """Say which road what `changed` on a branch or a pull request takes.

    Of the manifests only overlays are checked by themselves: of the others `make test` holds what the documents say.
    """
    names = sorted(set(changed))
    others = [name for name in names if not _is_document(name)]
    if not others:
        return Decision("docs", names)
    return Decision("manifests" if all(_below(name, _OVERLAYS) for name in others) else "checks", others)


def _is_manifest(name: str) -> bool:
    return any(_below(name, place) for place in _MANIFESTS)


def _is_document(name: str) -> bool:
    return name == "LICENSE" or name.startswith("docs/") or PurePosixPath(name).suffix == ".md"


def _below(name: str, place: str) -> bool:
    if place.endswith("*"):
        return name.startswith(place[:-1])
    return name == place or name.startswith(f"{place}/")
