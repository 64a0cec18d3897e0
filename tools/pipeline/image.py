"""The image that this build is about, and what is kept of it in build/pipeline/image.json."""

import hashlib
import json
import re
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import Misconfigured

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_BUILD_ANEW: Final = "make archive builds it anew"
_ARTIFACT: Final = re.compile(rf"([a-z0-9][a-z0-9./:_-]*):([A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})@({DIGEST.pattern})")


@dataclass(frozen=True)
class Image:
    """An artifact, whole. `built` says whether this build made it, or found it in the registry.

    Raises Misconfigured where a part of it is missing, short or malformed.
    """

    repository: str
    tag: str
    digest: str
    built: bool = False

    def __post_init__(self) -> None:
        if not _ARTIFACT.fullmatch(str(self)):
            raise Misconfigured(f"{str(self)!r} is no artifact", "it takes REPOSITORY:TAG@sha256:<64 hex digits>")

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}@{self.digest}"

    @classmethod
    def parse(cls, artifact: str) -> "Image":
        """Read REPOSITORY:TAG@sha256:<64 hex>. Raises Misconfigured."""
        match = _ARTIFACT.fullmatch(artifact)
        if match is None:
            raise Misconfigured(f"{artifact!r} is no artifact", "it takes REPOSITORY:TAG@sha256:<64 hex digits>")
        return cls(match[1], match[2], match[3])

    def save(self, folder: Path) -> None:
        (folder / "image.json").write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def load(folder: Path, commit: str) -> Image:
    """Return what `archive` kept of the image of `commit`. Raises Misconfigured where it kept none of it."""
    try:
        image = Image(**json.loads((folder / "image.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Misconfigured("there is no image yet", "make archive builds it, or finds it in the registry") from None
    except (OSError, ValueError, TypeError) as error:  # no text, no JSON, or not what save() writes
        raise Misconfigured("image.json is broken", f"{error}\nmake archive writes it anew") from None
    if image.tag != commit:
        raise Misconfigured(
            f"the image at hand is of {image.tag[:12]}, and this is {commit[:12]}", "make archive makes the one for it"
        )
    return image


def check_archive(archive: Path, image: Image) -> None:
    """Raise Misconfigured where `archive` is not `image` any more."""
    if (digest := read_archive(archive).digest) != image.digest:
        raise Misconfigured(
            f"{archive.name} was changed since it was built", f"it holds {digest}, and not {image}\n{_BUILD_ANEW}"
        )


@dataclass(frozen=True)
class Archived:
    """What an OCI archive holds: the digest of its one manifest, and of the configuration that the manifest names."""

    digest: str
    configuration: str


def read_archive(archive: Path) -> Archived:
    """Return what is in `archive`. Raises Misconfigured where it is not one image, or not what it says it is."""
    try:
        with tarfile.open(archive) as tar:
            manifests = json.loads(_member(tar, "index.json"))["manifests"]
            if len(manifests) != 1:
                raise Misconfigured(f"{archive.name} holds {len(manifests)} images, and should hold one", _BUILD_ANEW)
            digest = str(manifests[0]["digest"])
            content = _member(tar, f"blobs/{digest.replace(':', '/')}")
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise Misconfigured(f"{archive.name} is broken: its manifest is not {digest}", _BUILD_ANEW)
        return Archived(digest, str(json.loads(content)["config"]["digest"]))
    except FileNotFoundError:
        raise Misconfigured(f"there is no {archive.name}", _BUILD_ANEW) from None
    except (OSError, tarfile.TarError, LookupError, TypeError, ValueError) as error:
        raise Misconfigured(f"{archive.name} is no OCI archive", f"{error!r}\n{_BUILD_ANEW}") from None


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    return content.read() if content else b""
