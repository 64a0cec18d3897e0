"""Asks one deployed service over HTTP, as its clients do: the standard library, and no redirect followed."""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 20


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Service:
    """Where the service is."""

    url: str
    """https://service-stage.example.com"""
    connect: str = ""
    """HOST:PORT to connect to instead, as curl's --connect-to: the service is still asked by its own name."""

    def ask(self, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request, `content` as JSON or, where it is bytes, as it is, on a connection of its own."""
        sent = dict(headers or {})
        body = content if content is None or isinstance(content, bytes) else json.dumps(content).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = self._connection()
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.msg, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for `path`; `if_none_match` is the header If-None-Match."""
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def _connection(self) -> HTTPConnection:
        place = urlsplit(self.url)
        host, secure = place.hostname or "", place.scheme == "https"
        made = (HTTPSConnection if secure else HTTPConnection)(host, place.port, timeout=TIMEOUT_S)
        if self.connect:
            other, _, port = self.connect.rpartition(":")
            line = socket.create_connection((other.strip("[]"), int(port)), TIMEOUT_S)
            # The name in TLS is the service's own too.
            made.sock = ssl.create_default_context().wrap_socket(line, server_hostname=host) if secure else line
        return made
