"""Users: they ask the load balancer, and keep count of what they are answered."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_PATHS: Final = ("/e2e-link", "/config/e2e", "/e2e-link", "/version")
_GOOD: Final = frozenset({200, 302})
_TIMEOUT_S: Final = 10


@dataclass
class Load:
    """Requests to one host of the load balancer, at `rate` a second in all, bounded in number by `most`."""

    ingress: str
    host: str
    rate: float = 60.0
    senders: int = 6
    most: int = 60_000
    statuses: Counter[int] = field(default_factory=Counter)
    digests: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    again: int = 0
    """How many were sent again, since the load balancer had closed the connection that was kept alive for them."""
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> int:
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """How many were answered with anything but what they asked for, or not at all (0)."""
        return sum(count for status, count in self.statuses.items() if status not in _GOOD)

    @property
    def share_failed(self) -> float:
        return self.failed / self.sent if self.sent else 0.0

    def share_of(self, digest: str) -> float:
        """Return which share of the answers to /version since `forget` came from the artifact with that digest."""
        with self._lock:
            all_ = sum(self.digests.values())
            return self.digests[digest] / all_ if all_ else 0.0

    def forget(self) -> None:
        """Count the versions anew from here on."""
        with self._lock:
            self.digests.clear()

    def answers_well(self) -> bool:
        """Say whether a second passes in which nothing fails."""
        before = self.failed, self.sent
        self.pause(1)
        return self.failed == before[0] and self.sent > before[1]

    def told(self) -> str:
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        failed = f"{self.failed} failed ({self.share_failed:.3%})"
        more = f"slowest {self.slowest_s:.2f} s, {self.again} sent again"
        return f"{self.host}: {self.sent} requests, {failed}: {by_status}; {more}"

    def pause(self, seconds: float) -> None:
        """Let some time pass. Fails where nobody sends any more."""
        assert not self._stop.wait(seconds)
        assert self.sent < self.most, f"{self.host}: all {self.most} requests are sent"

    def _send(self) -> None:
        line = _Line(urlsplit(self.ingress).netloc, self.host)
        index = 0
        due = time.monotonic()
        while not self._stop.is_set() and self.sent < self.most:
            path = _PATHS[index % len(_PATHS)]
            index += 1
            begun = time.monotonic()
            status, body = line.get(path)
            self._count(path, status, body, time.monotonic() - begun)
            due = max(due + self.senders / self.rate, time.monotonic() - 1)
            self._stop.wait(max(0.0, due - time.monotonic()))
        line.close()
        with self._lock:
            self.again += line.again

    def _count(self, path: str, status: int, body: bytes, took_s: float) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.slowest_s = max(self.slowest_s, took_s)
            if path == "/version" and status == 200:
                self.digests[json.loads(body)["digest"]] += 1
            if status not in _GOOD and len(self.wrong) < 50:
                text = body.decode("utf-8", "replace")[:300]
                self.wrong.append(f"{time.strftime('%H:%M:%S')} {path}: {status} {text}")

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Send until the block ends."""
        threads = [threading.Thread(target=self._send, daemon=True) for _ in range(self.senders)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(_TIMEOUT_S + 5)
        assert self.sent > 0, f"{self.host}: nobody asked for anything"


class _Line:
    """A connection to the load balancer, kept alive and used as browsers do."""

    def __init__(self, address: str, host: str) -> None:
        self._address = address
        self._host = host
        self._connection: http.client.HTTPConnection | None = None
        self.again = 0

    def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body that a GET is answered with; 0 and why where it is not.

        A connection that was kept alive may be closed by the other side at the moment when it is used: where not one
        byte came back, a GET is sent again on a new one (RFC 9110, 9.2.2). On a new one it is not.
        """
        if self._connection is not None:
            try:
                return self._ask(path)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                self.again += 1
            except (OSError, http.client.HTTPException) as error:
                self.close()
                return 0, repr(error).encode()
        try:
            return self._ask(path)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return 0, repr(error).encode()

    def _ask(self, path: str) -> tuple[int, bytes]:
        self._connection = self._connection or http.client.HTTPConnection(self._address, timeout=_TIMEOUT_S)
        self._connection.request("GET", path, headers={"Host": self._host})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def post(ingress: str, host: str, path: str, body: object) -> int:
    """Return the status of a POST to one host of the load balancer."""
    connection = http.client.HTTPConnection(urlsplit(ingress).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", path, json.dumps(body), {"Host": host, "Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
