"""Where the registry of a repository answers, and the name under which Docker keeps what signs in there. Pure."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from tagbump import references

_LOOPBACK: Final = re.compile(r"localhost|127(?:\.\d{1,3}){3}")


@dataclass(frozen=True)
class Location:
    """A repository by its `path`, and the registry on `host` that has it, as tagbump.references writes both."""

    host: str
    path: str

    @classmethod
    def of(cls, repository: str) -> Self:
        """Return the location of `repository`, which may be written in any way that Docker takes."""
        host, _, path = references.canonical(repository).partition("/")
        return cls(host, path)

    @property
    def address(self) -> str:
        """Where it answers: over TLS, but for a port of this machine itself, where Docker does without it too."""
        if self.host == references.DOCKER_HUB:
            return "https://registry-1.docker.io"
        plain = ":" in self.host and is_loopback(self.host.partition(":")[0])
        return f"{'http' if plain else 'https'}://{self.host}"

    @property
    def account(self) -> str:
        """What `docker login` calls it."""
        return "https://index.docker.io/v1/" if self.host == references.DOCKER_HUB else self.host


def is_loopback(name: str) -> bool:
    """Say whether `name`, a host without a port, can only be this machine."""
    return _LOOPBACK.fullmatch(name) is not None


def stay_safe(before: str, after: str) -> None:
    """Raise ValueError unless who was asked over TLS at `before` is so at `after` too, and as `origin` does."""
    if origin(after)[0] != "https" and origin(before)[0] == "https":
        raise ValueError("it is not https")


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of `url`: two addresses of one server have the same.

    Raises ValueError for what no password may be sent to: another scheme than https, and http that leaves this machine.
    """
    parts = urlsplit(url)
    if parts.hostname is None or parts.username is not None or not _can_be_asked(parts.hostname):
        raise ValueError("it is no address of a server")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("it is not https")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _can_be_asked(name: str) -> bool:
    """Say whether a host can be called `name`: as it is looked up, no part of it is empty, too long or unprintable."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
