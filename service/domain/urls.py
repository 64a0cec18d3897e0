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
# What the hosts files of usual systems call the machine itself, beside localhost and all below it.
_OWN_NAMES = frozenset(
    {
        "ip6-localhost",
        "ip6-loopback",
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost4.localdomain4",
        "localhost6",
        "localhost6.localdomain6",
    }
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check(url: str, own_hosts: Collection[str]) -> None:
    """Raise Malformed unless `url` is an http or https URL that is safe to send somebody to.

    `own_hosts` are the host names of this service, in any case, without ports: a link to ourselves could be a circle.
    """
    parts = _split(url)
    host = normal_host(parts.hostname or "")
    if host is None:
        raise Malformed("url", "has no valid host")
    meant = _meant(host)
    if meant in {_meant(normal_host(own) or "") for own in own_hosts}:
        raise Malformed("url", "leads back to this service")
    if _leads_nowhere(meant):
        raise Malformed("url", "its host is the reader's own machine or link, or nobody's")


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


def _meant(host: str) -> Address | str:
    """Return the address that packets to `host`, of one spelling, end at, or the name.

    IPv6 has many ways to write an IPv4 address, each read by some system: the address inside is the one that counts.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _leads_nowhere(meant: Address | str) -> bool:
    """Say whether `meant` is something else on each machine, or nothing. Private networks are not: offices have links.

    `is_reserved` has the broadcast address, and what else of IPv6 begins with zeros: IPv4 addresses in forms that
    were given up, which some systems read all the same.
    """
    if isinstance(meant, str):
        return meant in _OWN_NAMES or meant.endswith(".localhost")
    return (
        meant.is_loopback
        or meant.is_unspecified
        or meant.is_link_local
        or meant.is_multicast
        or meant.is_reserved
        or meant in _THIS_NETWORK
    )
