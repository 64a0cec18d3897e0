"""Asks a running service over HTTP whether it is ready, and which artifact it is."""

import http.client
import json
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any, Final

from tagbump.model import Artifact, Check
from tagbump.patience import Desk

TIMEOUT_S: Final = 5.0  # for one answer, all of it; a service that needs longer to say that it is ready is not
_MAX_BYTES: Final = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A login page answers 200 at the end of a redirect: only the address itself speaks for the service.
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def look(url: str, artifact: Artifact, seconds: float = 2 * TIMEOUT_S) -> tuple[Check, Check]:
    """Return what the service at `url` says within `seconds`: whether it is ready, and whether it is `artifact`."""
    return _ready(url, seconds / 2), _version(url, artifact, seconds / 2)


def _ready(url: str, seconds: float) -> Check:
    status, body = _get(f"{url}/readyz", seconds)
    if status == 200:
        return Check("readyz", ok=True, detail=f"{url}/readyz answers 200")
    return Check("readyz", ok=False, detail=f"{url}/readyz {f'answers {status}' if status else body}")


def _version(url: str, artifact: Artifact, seconds: float) -> Check:
    status, body = _get(f"{url}/version", seconds)
    if status != 200:
        return Check("version", ok=False, detail=f"{url}/version {f'answers {status}' if status else body}")
    try:
        digest = json.loads(body)["digest"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Check("version", ok=False, detail=f"{url}/version is no JSON object with a `digest`")
    if digest != artifact.digest:
        return Check("version", ok=False, detail=f"{url}/version names {str(digest)[:80]!r}, not {artifact.digest}")
    return Check("version", ok=True, detail=f"{url}/version names {artifact.digest}")


def _get(url: str, seconds: float) -> tuple[int, str]:
    """Return the status and the body; status 0 and the reason where there was no answer, or no whole one in time."""
    limit = min(TIMEOUT_S, seconds)
    line = _Line()
    try:
        return Desk().ask(lambda: line.get(url), limit, give_up=line.hang_up)
    except TimeoutError:
        return 0, f"does not answer within {limit:.3g} s"


class _Line:
    """One request, and the connections it takes: a server that sends a byte a second is hung up on."""

    def __init__(self) -> None:
        self._connections: list[http.client.HTTPConnection] = []
        self._hung_up = False

    def get(self, url: str) -> tuple[int, str]:
        headers = {"Accept": "application/json", "User-Agent": "tagbump"}
        opener = urllib.request.build_opener(_NoRedirect, _Http(self), _Https(self))
        try:
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - check_service() lets http and https through
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return answer.status, self._body(answer).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, ""
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
            return 0, f"does not answer: {getattr(error, 'reason', error)}"

    def hang_up(self) -> None:
        self._hung_up = True
        for connection in self._connections:
            with suppress(OSError):
                if connection.sock:
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def connection(self, kind: type[http.client.HTTPConnection]) -> Any:
        """Return what makes a connection of `kind` that can be hung up."""

        def make(host: str, **options: Any) -> http.client.HTTPConnection:
            self._connections.append(kind(host, **options))
            return self._connections[-1]

        return make

    def _body(self, answer: http.client.HTTPResponse) -> bytes:
        body = b""
        while not self._hung_up and len(body) < _MAX_BYTES and (some := answer.read1(_MAX_BYTES - len(body))):
            body += some
        return body


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._line.connection(http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._line.connection(http.client.HTTPSConnection), req)
