"""The service as a process of its own, and how a test talks to it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import REPOSITORY

PATIENCE_S = 60
"""How long a test waits for what must happen, on a busy machine, before it fails."""


def children(pid: int) -> list[int]:
    """Return the process ids of the children of `pid`. Skips the test where the kernel does not tell them."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("only Linux tells in /proc which processes are whose children")
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Service:
    """A running gunicorn with the service in it."""

    def __init__(self, port: int, process: subprocess.Popen[str], log: Path) -> None:
        self.port = port
        self.process = process
        self._log = log

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET."""
        connection = self.connect()
        try:
            return ask(connection, path)
        finally:
            connection.close()

    def post(self, path: str, body: object) -> int:
        """Return the status of a POST of `body` as JSON."""
        connection = self.connect()
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def answers(self, path: str, status: int) -> bool:
        """Say whether a GET is answered with that status."""
        try:
            return self.get(path)[0] == status
        except OSError:
            return False

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        return children(self.process.pid)

    def log(self) -> str:
        """Return what was written to stdout so far."""
        return self._log.read_text()

    def stop(self) -> tuple[int, str]:
        """Send SIGTERM, and return the exit status and stderr."""
        self.process.terminate()
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end by itself, and return the exit status and stderr."""
        _, stderr = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, stderr


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """Return status and body of a GET on a connection."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def eventually(holds: Callable[[], bool]) -> None:
    """Return when `holds` does. Fails after PATIENCE_S."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)  # between two looks at another process, which tells nobody when it is done


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def started(directory: Path, **environ: str) -> Iterator[Service]:
    """Start gunicorn as the contract says, and end it after the test whether or not the test did."""
    port = int(environ.get("PORT", free_port()))
    log = directory / f"stdout-{port}"
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"} or "COV" in name}
    with log.open("w") as stdout:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("-c", "service/gunicorn.conf.py", "service.app:create_app()"),
            ],
            cwd=REPOSITORY,
            env={"PORT": str(port), "WEB_PROCESSES": "1", **kept, **environ},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
    service = Service(port, process, log)
    try:
        yield service
    finally:
        # Asked first: killed, it would leave its metrics in memory for good.
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
