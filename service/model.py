"""The values of the service. Those with rules are checked at birth: a wrong one does not exist."""

import re
from dataclasses import dataclass
from datetime import datetime

from service.errors import Malformed, TooLarge

KEY_GRAMMAR = r"[A-Za-z0-9._/-]{1,255}"
LINK_KEY_GRAMMAR = r"[A-Za-z0-9_-]{1,64}"
VALUE_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """The name of a configuration entry."""

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(KEY_GRAMMAR, self.text):
            raise Malformed("key", f"must match {KEY_GRAMMAR}")


@dataclass(frozen=True, slots=True)
class JsonText:
    """A JSON value as the text it arrived in.

    The text is kept, not a parsed value: numbers of any size, repeated names and escapes such as \\u0000 come back
    exactly as they were sent. That it is JSON is the parser's promise (`service.api.body`); the column checks again.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text.encode()) > VALUE_LIMIT_BYTES:
            raise TooLarge("value", "64 KiB of JSON")


@dataclass(frozen=True, slots=True)
class Entry:
    """A configuration entry as stored."""

    id: int
    key: str
    value: str
    """JSON text, see JsonText."""
    version: int
    """1 at first, then one more at each write. It goes on rising when a deleted key is made again, so a version, and
    the ETag made of it, never names two contents of one key."""
    updated_at: datetime
    """Aware, the database's clock."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The entity tags of an If-Match or If-None-Match header, as versions."""

    anything: bool = False
    """The header was `*`."""
    versions: frozenset[int] = frozenset()
    """Tags that are no version of ours match nothing and are left out."""

    def match(self, version: int) -> bool:
        """Say whether an existing entry of `version` is meant."""
        return self.anything or version in self.versions


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must hold of an entry for a write to happen. None: the header was not sent."""

    if_match: Tags | None = None
    if_none_match: Tags | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries in the order of their keys, and the key to go on after, or None at the end."""

    items: list[Entry]
    next: str | None


@dataclass(frozen=True, slots=True)
class LinkKey:
    """The short name of a link: one path segment, without dots so that it never looks like a file."""

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(LINK_KEY_GRAMMAR, self.text):
            raise Malformed("key", f"must match {LINK_KEY_GRAMMAR}")


@dataclass(frozen=True, slots=True)
class Link:
    """A short link as stored. `created_at` is aware, the database's clock."""

    key: str
    url: str
    clicks: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Artifact:
    """What runs here: the parts of `REPOSITORY:TAG@sha256:...`."""

    image: str = "unknown"
    tag: str = "unknown"
    digest: str = "unknown"
