"""Asks over HTTP: so much, for so long and no further; what signs in goes to the server it is meant for alone."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tagbump import log, plain
from tagbump.errors import Unreachable
from tagbump.registry import locations

_SILENCE_S: Final = 10.0  # a server that says nothing for so long is gone. By feel
_MOST_REDIRECTS: Final = 5  # to a bucket or a mirror it takes one or two
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_COME_BACK: Final = frozenset({429, 502, 503, 504})
_COME_BACK_S: Final = 1.0  # where it does not say when


@dataclass(frozen=True)
class Answer:
    """What a server answered, at `url` after all redirects."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Lets every status through: redirects and refusals are judged here."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:  # noqa: ARG002 - urllib's names
        return response

    https_response = http_response


class Wire:
    """Asks until the moment `deadline`, by the monotonic clock."""

    def __init__(self, deadline: float) -> None:
        """Nothing is asked yet."""
        self._deadline = deadline

    @cached_property
    def _outside(self) -> urllib.request.OpenerDirector:
        # One context for all: it reads the authorities of the machine, which takes longer than many an answer.
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        return urllib.request.build_opener(_AsItIs, tls)

    @cached_property
    def _here(self) -> urllib.request.OpenerDirector:
        # No proxy leads to this machine, whatever the environment says.
        return urllib.request.build_opener(_AsItIs, urllib.request.ProxyHandler({}))

    @property
    def left_s(self) -> float:
        """How many seconds are left."""
        return max(0.0, self._deadline - time.monotonic())

    def get(self, url: str, headers: Mapping[str, str], *, most: int) -> Answer:
        """Return the answer at `url`, of at most `most` bytes, wherever it is led on to.

        Raises Unreachable where there is none. Other servers are sent no `Authorization`, then or later.
        """
        asked, sent = url, dict(headers)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self.ask(asked, sent, most=most)
            if answer.status not in _REDIRECTS:
                return answer
            try:
                onward = urljoin(asked, answer.headers.get("Location", ""))
                if locations.origin(onward) != locations.origin(asked):
                    sent.pop("Authorization", None)
                locations.stay_safe(asked, onward)
            except ValueError as error:
                raise Unreachable(f"{_server(asked)} leads on to an address that is not followed: {error}") from None
            asked = onward
        raise Unreachable(f"{_server(url)} leads on and on: more than {_MOST_REDIRECTS} redirects")

    def ask(self, url: str, headers: Mapping[str, str], *, most: int, form: bytes | None = None) -> Answer:
        """Return what is answered at `url` itself, to a POST where there is a `form`. One that is busy is asked twice.

        Raises Unreachable where there is no whole answer.
        """
        answer = self._once(url, headers, most, form)
        if answer.status in _COME_BACK:
            seconds = _retry_after_s(answer.headers.get("Retry-After"))
            if seconds < self.left_s:
                time.sleep(seconds)
                answer = self._once(url, headers, most, form)
        return answer

    def _once(self, url: str, headers: Mapping[str, str], most: int, form: bytes | None) -> Answer:
        server = _server(url)
        log.debug("%s %s", "GET" if form is None else "POST", plain.visible(url.partition("?")[0]))
        opener = self._here if locations.is_loopback(urlsplit(url).hostname or "") else self._outside
        try:
            request = urllib.request.Request(url, form, {"User-Agent": "tagbump", **headers})  # noqa: S310 - see origin()
            with opener.open(request, timeout=max(0.1, min(_SILENCE_S, self.left_s))) as answer:
                return Answer(url, answer.status, answer.headers, self._body(answer, most, server))
        except urllib.error.URLError as error:
            raise Unreachable(f"{server} does not answer: {error.reason}") from None
        except OSError as error:
            raise Unreachable(f"{server} does not answer: {error}") from None
        except (http.client.HTTPException, ValueError, OverflowError) as error:
            # Its words may be those of a header or of an address, and hold what signs in: they are not shown.
            raise Unreachable(f"{server} answers what is no HTTP: {type(error).__name__}") from None

    def _body(self, answer: http.client.HTTPResponse, most: int, server: str) -> bytes:
        body = bytearray()
        while self.left_s and (some := answer.read1(64 * 1024)):
            body += some
            if len(body) > most:
                raise Unreachable(f"{server} answers with more than the {most} bytes that are read of this")
        if answer.length or not self.left_s:
            raise Unreachable(f"{server} stopped in the middle of its answer")
        return bytes(body)


def _retry_after_s(said: str | None) -> float:
    """Return how many seconds Retry-After asks for: it holds a number of them, or a date."""
    text = (said or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return _COME_BACK_S


def _server(url: str) -> str:
    return urlsplit(url).netloc
