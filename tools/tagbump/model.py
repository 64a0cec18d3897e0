"""The values tagbump speaks of. Frozen, and checked at birth: a wrong one does not exist."""

import re
from dataclasses import dataclass
from typing import Self

from tagbump.errors import Refused, UsageError

# The grammar of the OCI distribution specification: a lower-case path, with a host before it where there is one.
_REPOSITORY = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Artifact:
    """One built image. Its three parts travel together: none can be left behind.

    `repository` has no tag, `digest` is `sha256:` and 64 lower-case hex digits.
    """

    repository: str
    tag: str
    digest: str

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.digest):
            raise Refused(
                "digest",
                f"{self.digest!r} is no digest: it takes sha256: and 64 lower-case hex digits",
                hint="name the artifact as REPOSITORY:TAG@sha256:<64 hex>, as the registry reported it after the push",
            )
        if not _REPOSITORY.fullmatch(self.repository) or len(self.repository) > 255:
            raise UsageError(f"{self.repository!r} is no image repository", hint=_SHAPE)
        if not _TAG.fullmatch(self.tag):
            raise UsageError(f"{self.tag!r} is no image tag", hint=_SHAPE)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `REPOSITORY:TAG@sha256:<64 hex>`.

        Raises Refused (`digest`) where the digest is missing, short or malformed, UsageError for what is no artifact.
        """
        name, at, digest = text.partition("@")
        repository, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            raise UsageError(f"{text!r} is no artifact: the tag is missing", hint=_SHAPE)
        if not _REPOSITORY.fullmatch(repository) or not _TAG.fullmatch(tag):
            raise UsageError(f"{text!r} is no artifact", hint=_SHAPE)
        if not at:
            raise Refused(
                "digest",
                f"{text!r} has no digest, and a tag alone is never deployed",
                hint="name the artifact as REPOSITORY:TAG@sha256:<64 hex>, as the registry reported it after the push",
            )
        return cls(repository, tag, digest)

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}@{self.digest}"


_SHAPE = "an artifact is REPOSITORY:TAG@sha256:<64 hex>"
