"""Names of image repositories: which there are, and which of them are one repository, differently written; and what a
digest looks like. Pure."""

import re
from typing import Final

# The grammar of the OCI distribution specification: a lower-case path, and before it, where there is one, a host. Only
# the host may have capitals: it is a name of the DNS, which does not tell them from small letters.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(
    rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?/)?{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII
)
_LONGEST: Final = 255

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

DOCKER_HUB: Final = "docker.io"
_ALSO_DOCKER_HUB: Final = frozenset({"index.docker.io", "registry-1.docker.io"})


def is_repository(name: str) -> bool:
    """Say whether `name` is that of a repository, without a tag: `registry.example.com/service`."""
    return len(name) <= _LONGEST and _REPOSITORY.fullmatch(name) is not None


def canonical(name: str) -> str:
    """Return the one way to write the repository `name`: two names of one repository have the same.

    Without a host it is Docker Hub's, and there without a folder in `library`. Case does not count in a host, nor does
    the port that https has anyway.
    """
    first, slash, rest = name.partition("/")
    # What container runtimes take for a host and not for the first folder of a path.
    if not slash or (first == first.lower() and first != "localhost" and "." not in first and ":" not in first):
        host, path = DOCKER_HUB, name
    else:
        host, path = canonical_host(first), rest
    if host == DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return f"{host}/{path}"


def canonical_host(written: str) -> str:
    """Return the one way to write the host of a registry, with its port where that is another than 443."""
    name, _, port = written.lower().partition(":")
    port = port.lstrip("0")
    host = name if port in ("", "443") else f"{name}:{port}"
    return DOCKER_HUB if host in _ALSO_DOCKER_HUB else host
