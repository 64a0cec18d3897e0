"""Believes the forwarding headers of the proxies it was told to trust, and of nobody else."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """Puts client address, scheme and host where Flask looks for them."""

    def __init__(self, wsgi: WSGIApplication, networks: tuple[Network, ...]) -> None:
        self._wsgi = wsgi
        self._networks = networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve the request as its client made it."""
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            scheme = _last(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
            if host := _last(environ.get("HTTP_X_FORWARDED_HOST", "")):
                environ["HTTP_HOST"] = host
            environ["REMOTE_ADDR"] = self._client(environ)
        return self._wsgi(environ, start_response)

    def _client(self, environ: WSGIEnvironment) -> str:
        """Return the last address before our own proxies: what stands further left, the client may have made up."""
        address = environ["REMOTE_ADDR"]
        for named in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if not _is_address(named.strip()):
                break
            address = named.strip()
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in network for network in self._networks)


def _last(header: str) -> str:
    return header.rpartition(",")[2].strip()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
