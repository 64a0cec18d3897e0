"""The settings, read once from the environment. Only `service.app` and `gunicorn.conf.py` read them."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from service import cpu
from service.domain.urls import normal_host
from service.errors import WrongSettings
from service.model import Artifact
from service.store.conninfo import conninfo

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a deployment decides. Each field is the environment variable of its name in capitals; empty is unset."""

    database_url: str = field(repr=False)
    """libpq URL of the primary. No default: a service that guesses its database writes to the wrong one. It may hold a
    password, so no message and no log repeats it."""

    database_wait_s: float = 60
    """Seconds that start-up waits for the database before it exits with 1. A minute covers a database that starts
    beside the service and most failovers; longer would hide a wrong address from the platform.
    The schema gate, which no probe ends, waits three times as long for a database that is away."""

    port: int = 8080
    """Where gunicorn listens, on all interfaces. Above 1023, so that it needs no privilege."""

    web_processes: int = field(default_factory=lambda: min(cpu.count(), 8))
    """Workers. One a CPU keeps every CPU busy under Python's lock; more than 8, by feel, should be more pods."""

    web_threads: int = 8
    """Threads a worker that may ask the database at once, each over a connection of its own. One more of both is for
    probes, and one more thread asks nothing, so that a database that does not answer leaves somebody to say so.
    Requests mostly wait for the database: 8 keep a CPU busy, and 8 workers of 9 connections stay below PostgreSQL's
    usual 100."""

    key_strategy: str = "random"
    """random, counter or hash: how a link gets its key. Random keys cannot be guessed or counted through."""

    public_url: str | None = None
    """What short URLs begin with. None: scheme and host of each request, which is right without a proxy in front."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING, ERROR or CRITICAL. INFO has a line for every request."""

    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose X-Forwarded-For, -Proto and -Host are believed, with commas between. None by default: a header
    that anyone can send must not choose addresses and hosts."""

    write_tokens: None = None
    """Bearer tokens for writes. This build has none and refuses to start where they are set, rather than leave open
    what the operator believes closed."""

    image: Artifact = field(default_factory=Artifact)
    """What /version says runs here: REPOSITORY:TAG@sha256:..., tag and digest optional."""

    source_commit: str = "unknown"
    """The commit /version says this was built from."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read every setting. Raises WrongSettings with a line for each wrong one."""
        read: dict[str, Any] = {}
        wrong: list[str] = []
        for each in fields(cls):
            name = each.name.upper()
            text = environ.get(name, "").strip()
            if text:
                try:
                    read[each.name] = _READERS[each.name](text)
                except ValueError as error:
                    wrong.append(f"{name}: {error}")
            elif each.default is MISSING and each.default_factory is MISSING:
                wrong.append(f"{name}: is not set; it must be {_REQUIRED[each.name]}")
        if wrong:
            raise WrongSettings(wrong)
        return cls(**read)


def from_environ_or_exit() -> Settings:
    """Read the environment of this process. Wrong settings go to stderr, a line each, and end it with 1."""
    try:
        return Settings.from_environ(os.environ)
    except WrongSettings as error:
        sys.stderr.write("".join(f"{line}\n" for line in error.lines))
        raise SystemExit(1) from None


def _database_url(text: str) -> str:
    if not re.match("postgres(ql)?://", text):
        raise ValueError("must be a URL that begins with postgresql://")
    conninfo(text)
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise ValueError(f"must be a number of seconds, not {text!r}")
    return float(text)


def _one_of(*choices: str, case: Callable[[str], str] = str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if case(text) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}")
        return case(text)

    return read


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or normal_host(parts.hostname or "") is None:
        raise ValueError("must be an http or https URL with a host")
    if _port(parts) == 0:
        raise ValueError("its port must be a whole number from 1 to 65535")
    if "@" in parts.netloc or "?" in text or "#" in text or not re.fullmatch("[!-~]+", text):
        raise ValueError("must be scheme, host, port and path, and nothing else")
    return text.rstrip("/")


def _port(parts: SplitResult) -> int | None:
    """Return the port, None where none is named, 0 where it is none."""
    try:
        return parts.port
    except ValueError:
        return 0


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network.strip()) for network in text.split(","))


def _no_tokens(_text: str) -> None:
    raise ValueError("this build cannot ask for tokens; unset it, and keep writes to a trusted network")


def _artifact(text: str) -> Artifact:
    parts = re.fullmatch(
        r"(?P<image>[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*)"
        r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?",
        text,
    )
    if parts is None:
        raise ValueError(f"must be REPOSITORY:TAG@sha256:<64 hex digits>, not {text!r}")
    return Artifact(parts["image"], parts["tag"] or "unknown", parts["digest"] or "unknown")


def _commit(text: str) -> str:
    if not re.fullmatch("[A-Za-z0-9._-]{1,64}", text):
        raise ValueError(f"must be a commit, not {text!r}")
    return text


_REQUIRED = {"database_url": "the libpq URL of the primary, postgresql://..."}
_READERS: dict[str, Callable[[str], Any]] = {
    "database_url": _database_url,
    "database_wait_s": _seconds,
    "port": _whole(1, 65535),
    "web_processes": _whole(1, 1024),
    "web_threads": _whole(1, 1024),
    "key_strategy": _one_of("random", "counter", "hash"),
    "public_url": _public_url,
    "log_level": _one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", case=str.upper),
    "trusted_proxies": _networks,
    "write_tokens": _no_tokens,
    "image": _artifact,
    "source_commit": _commit,
}
