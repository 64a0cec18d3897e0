"""Whether the registry has an artifact under its tag, and whether each image in it says what it was built from.

Own code on the standard library: why stands in docs/decisions/0009-ask-the-registry-without-a-library.md.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from typing import Final

from tagbump.errors import CheckFailed, Unreachable
from tagbump.model import Artifact
from tagbump.patience import Desk
from tagbump.registry import images
from tagbump.registry.images import Unreadable
from tagbump.registry.locations import Location
from tagbump.registry.session import Session
from tagbump.registry.wire import Wire
from tagbump.state import Plan

TIMEOUT_S: Final = 30.0  # for all of it, signing in too
_MOST_BYTES: Final = 4 * 1024 * 1024  # what the OCI's specification has registries take at least for a manifest
_MOST_IMAGES: Final = 64  # in one artifact: those for every platform that there is are about 20
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_AGAIN: Final = "run it again: with -v it shows each request; SSL_CERT_FILE names the authorities that are trusted"
_LABEL_IT: Final = f"build it with --label {images.REVISION}=$(git rev-parse HEAD)"
_BELONG: Final = "name an artifact and the commit that it was built from, which belong together"


class Checked:
    """Lets a plan through once the registry agrees with it. What it agreed with is not asked again."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        """Nothing is asked yet."""
        self._timeout_s = timeout_s
        self._agreed: set[tuple[Artifact, str]] = set()

    def __call__(self, plan: Plan) -> Plan:
        """Return `plan`. Raises CheckFailed where the registry disagrees, Unreachable where it can't be asked."""
        if not plan.changed:
            return plan  # nothing is written, and nothing was judged by the rules either
        source = dict(plan.trailers).get("Source")
        if source is None:
            raise CheckFailed(
                f"no release says which commit {plan.after} was built from: its label can't be compared",
                hint="bump it with --source, or leave --registry-check out",
            )
        if (plan.after, source) not in self._agreed:
            check(plan.after, source, timeout_s=self._timeout_s)
            self._agreed.add((plan.after, source))
        return plan


def check(artifact: Artifact, source: str, *, timeout_s: float = TIMEOUT_S) -> None:
    """Ask the registry for `artifact`, which was built from the whole commit `source`.

    Raises CheckFailed where its tag is missing or has another digest, and where an image in it does not name `source`
    in its label; Unreachable where that can't be found out within `timeout_s`.
    """
    asked = _Asked(artifact, Wire(time.monotonic() + timeout_s))
    try:
        Desk().ask(lambda: asked.agrees_on(source), timeout_s)
    except TimeoutError:
        said = f"{artifact} can't be looked for: its registry did not tell of all of it within {timeout_s:g} s"
        raise Unreachable(said, hint=_AGAIN) from None
    except Unreachable as error:
        raise Unreachable(f"{artifact} can't be looked for: {error.message}", hint=error.hint or _AGAIN) from None


class _Asked:
    """What the registry says of one artifact."""

    def __init__(self, artifact: Artifact, wire: Wire) -> None:
        self._artifact = artifact
        self._host = Location.of(artifact.repository).host
        self._session = Session(Location.of(artifact.repository), wire)
        self._listed = 0  # images and indexes, in all indexes so far

    def agrees_on(self, source: str) -> None:
        """Raise CheckFailed unless all images of it are there, and say that they were built from `source`.

        What annotates an index does not count: it is written by whoever puts images together, of which each may have
        been built from another commit. The label of an image is written by its build, and goes where it runs.
        """
        try:
            for platform, config in self._images("", self._tagged()):
                self._judge(images.revision(self._part("blobs", config)), source, platform)
        except Unreadable as error:
            raise CheckFailed(f"{self._artifact} {error}", hint="build it again, and push it under a new tag") from None

    def _images(self, platform: str, body: bytes) -> Iterator[tuple[str, str]]:
        """Yield of each image in `body` its platform and the digest of its configuration."""
        found = images.read(body)
        if isinstance(found, images.Manifest):
            yield platform, found.config
            return
        self._listed += len(found.images)
        if not found.images or self._listed > _MOST_IMAGES:
            raise Unreadable(f"lists {f'more than {_MOST_IMAGES}' if found.images else 'no'} images")
        for name, digest in found.images:
            yield from self._images(name, self._part("manifests", digest))

    def _judge(self, named: str | None, source: str, platform: str) -> None:
        if named == source:
            return
        where = f" for {platform}" if platform else ""
        if named is None:
            raise CheckFailed(
                f"{self._artifact} does not say{where} which commit it was built from: it has no label"
                f" {images.REVISION}, and {source} is expected there",
                hint=_LABEL_IT,
            )
        short = _COMMIT.fullmatch(named) and source.startswith(named)
        raise CheckFailed(
            f"{self._artifact} says{where} that it was built from {named[:80]!r}, not from {source}:"
            f" its label {images.REVISION}{' is cut short, and many commits begin so' if short else ''}",
            hint=_LABEL_IT if short else _BELONG,
        )

    def _tagged(self) -> bytes:
        """Return what the tag has. Raises CheckFailed where that is not the artifact."""
        wanted = self._artifact
        answer = self._session.get(f"manifests/{wanted.tag}", images.ACCEPT, most=_MOST_BYTES)
        if answer.status == 404:
            raise CheckFailed(
                f"{self._host} has no {wanted.repository}:{wanted.tag}, expected with {wanted.digest}",
                hint="push the image, or correct its name; an image that was deleted has to be built again",
            )
        found, said = _digest(answer.body), answer.headers.get("Docker-Content-Digest", "").strip()
        if said and said.startswith("sha256:") and said != found:
            raise Unreachable(f"{self._host} contradicts itself: it calls what has {found} {said[:80]!r}")
        if found != wanted.digest:
            if answer.headers.get_content_type() not in images.INDEXES | images.MANIFESTS and not said:
                raise Unreachable(f"{self._host} answers as no registry does: it sent no manifest")
            raise CheckFailed(
                f"{wanted.repository}:{wanted.tag} has {found} in the registry, not {wanted.digest}",
                hint="name the digest that the registry told after the push; if the tag was pushed anew since, build"
                " again under a new tag",
            )
        return answer.body

    def _part(self, kind: str, digest: str) -> bytes:
        """Return the part of the artifact that has `digest`: one of the `manifests` or of the `blobs`."""
        accept = images.ACCEPT if kind == "manifests" else "*/*"
        answer = self._session.get(f"{kind}/{digest}", accept, most=_MOST_BYTES)
        if answer.status == 404:
            raise CheckFailed(
                f"{self._host} has only a part of {self._artifact}: {digest} is missing",
                hint="push the image again, with all of its platforms",
            )
        if (found := _digest(answer.body)) != digest:
            raise Unreachable(f"{self._host} sends {found} for {digest}")
        return answer.body


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
