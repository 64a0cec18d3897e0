"""Which of the two Services leads to the new version, and how it is asked."""

import http.client
import json
import time
from collections.abc import Mapping

SERVICES = ("service-ping", "service-pong")
_TIMEOUT_S = 5.0


def address(stable: str) -> str:
    """Return the Service of the canary. `stable` is what the Rollout's status says of the other: ping or pong."""
    if f"service-{stable}" not in SERVICES:
        raise SystemExit(f"STABLE: must be ping or pong, not {stable!r}")
    return next(name for name in SERVICES if name != f"service-{stable}")


class Asker:
    """Asks one host over one connection, which is made anew whenever it is lost."""

    def __init__(self, host: str, port: int = 80) -> None:
        self._host = host
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers (names in lower case) and body. Raises OSError where nobody answers."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        text = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
            answer = self._connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(f"{method} http://{self._host}{path}: {error!r}") from error

    def close(self) -> None:
        """Give the connection up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def wait_for(asker: Asker, path: str, *, seconds: float) -> None:
    """Ask for `path` until it is answered with 200. Ends the process with 1 when it is not within `seconds`.

    A Service leads to its new pods a moment after Rollouts has pointed it there, and a pod's network policies take as
    long.
    """
    deadline_s = time.monotonic() + seconds
    while True:
        try:
            status, _, body = asker.ask("GET", path)
            problem = f"GET {path}: {status} {body.decode('utf-8', 'replace')[:200]}"
        except OSError as error:
            status, problem = 0, str(error)
        if status == 200:
            return
        if time.monotonic() >= deadline_s:
            raise SystemExit(f"not ready within {seconds:g} s: {problem}")
        time.sleep(0.5)
