"""Which URLs a short link may lead to."""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from service.errors import Malformed

LIMIT = 2048
"""Characters. Browsers and proxies take this much everywhere."""

# Printable ASCII, so what is stored can be sent as a Location header as it is. Browsers read a backslash as a slash,
# and with it another host than other readers do; quotes and angle brackets never belong in a URL.
_CHARACTERS = re.compile(r"""[!#-;=?-\[\]-_a-~]+""")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def check(url: str, own_hosts: Collection[str]) -> None:
    """Raise Malformed unless `url` is an http or https URL that is safe to send somebody to.

    `own_hosts` are the host names of this service, in any case, without ports: a link to ourselves could be a circle.
    """
    parts = _split(url)
    host = normal_host(parts.hostname or "")
    if host is None:
        raise Malformed("url", "has no valid host")
    if host in {normal_host(own) for own in own_hosts}:
        raise Malformed("url", "leads back to this service")
    if _leads_nowhere(host):
        raise Malformed("url", "its host is an address of the reader's own machine or link")


def normal_host(host: str) -> str | None:
    """Return the one spelling of a host name or address, or None when it is no host."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).compressed if "%" not in host else None
        except ValueError:
            return None
    name = host.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # Browsers read 127.1, 0x7f.0.0.1 and 2130706433 as addresses; only the plain spelling is taken.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            return None
    return name if len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels) else None


def _split(url: str) -> SplitResult:
    if len(url) > LIMIT:
        raise Malformed("url", f"longer than {LIMIT} characters")
    if not _CHARACTERS.fullmatch(url):
        raise Malformed("url", "has characters that a URL must percent-encode, or is empty")
    try:
        parts = urlsplit(url)
        port = parts.port
        if "[" in parts.netloc:
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        raise Malformed("url", "its host or port cannot be read") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Malformed("url", "must begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise Malformed("url", "must not carry credentials")
    if port == 0:
        raise Malformed("url", "port 0 leads nowhere")
    return parts


def _leads_nowhere(host: str) -> bool:
    """Say whether `host` means something else on each machine. Private networks are not meant: offices have links."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast
