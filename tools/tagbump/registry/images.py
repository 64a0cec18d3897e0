"""Reads what a registry holds: indexes, manifests and configurations, of OCI and of Docker. Pure.

What is read has the digest that was asked for, and may still be anything: whoever built the image wrote it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tagbump import references

INDEXES: Final = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
MANIFESTS: Final = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
ACCEPT: Final = ", ".join(sorted(INDEXES | MANIFESTS))
REVISION: Final = "org.opencontainers.image.revision"


class Unreadable(Exception):
    """It is no image that we, or a kubelet, could read. The words say why, and follow on what it is."""


@dataclass(frozen=True)
class Index:
    """An image for several platforms: the digests of its manifests, or of further indexes, by the platform of each."""

    images: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Manifest:
    """An image for one platform: the digest of its configuration."""

    config: str


def read(body: bytes) -> Index | Manifest:
    """Return what `body` says. Raises Unreadable."""
    document = _object(body)
    kind = document.get("mediaType")
    is_index = "manifests" in document
    if is_index and ("config" in document or "layers" in document):
        # Some would take it for an index and some for an image, and see two: CVE-2021-41190.
        raise Unreadable("is an index and a manifest at once")
    if document.get("schemaVersion") != 2 or (kind is not None and kind not in (INDEXES if is_index else MANIFESTS)):
        raise Unreadable(f"is of a kind that is not known: {str(kind)[:80]!r}")
    if not is_index:
        return Manifest(_digest(document.get("config")))
    listed = document["manifests"]
    if not isinstance(listed, list):
        raise Unreadable("lists no manifests")
    return Index(tuple((_platform(one), _digest(one)) for one in listed if not _runs_nowhere(one)))


def revision(body: bytes) -> str | None:
    """Return the commit that the configuration `body` names in its labels; None where it names none."""
    config = _object(body).get("config")
    labels = config.get("Labels") if isinstance(config, dict) else None
    value = labels.get(REVISION) if isinstance(labels, dict) else None
    return value if isinstance(value, str) and value else None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unreadable("is no JSON object")
    return document


def _digest(descriptor: object) -> str:
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    if not isinstance(digest, str) or not references.DIGEST.fullmatch(digest):
        raise Unreadable("names a part of it by no sha256 digest")
    return digest


def _runs_nowhere(descriptor: object) -> bool:
    """Say whether no kubelet can choose this: attestations stand in an index as images for a platform of that name.

    Their annotation alone does not count: an image for a real platform runs, whatever else is said of it.
    """
    platform = descriptor.get("platform") if isinstance(descriptor, dict) else None
    return isinstance(platform, dict) and platform.get("os") == platform.get("architecture") == "unknown"


def _platform(descriptor: object) -> str:
    platform = descriptor.get("platform") if isinstance(descriptor, dict) else None
    if not isinstance(platform, dict):
        return "a platform without a name"
    parts = [platform.get(key) for key in ("os", "architecture", "variant")]
    return re.sub(r"[^A-Za-z0-9._/-]", "?", "/".join(part[:40] for part in parts if isinstance(part, str)))
