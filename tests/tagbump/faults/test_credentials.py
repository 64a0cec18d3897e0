"""A password in the address of a real server over HTTP: it signs in with it, and shows and keeps it nowhere."""

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import BUMP, Before, landed, words_of
from tests.tagbump.faults.test_servers import hook
from tests.tagbump.world import World

PASSWORD: Final = "hunter2"
_SIGNED_IN: Final = "Basic " + base64.b64encode(f"robot:{PASSWORD}".encode()).decode()


class Server(BaseHTTPRequestHandler):
    """git's own HTTP server, for who signs in. `root` holds the repository; `forbids` lets nobody do anything."""

    root: Path
    forbids = False
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self._body()
        if self.headers["Authorization"] != _SIGNED_IN or type(self).forbids:
            return self._answer(403 if type(self).forbids else 401, {"WWW-Authenticate": "Basic"}, b"not you\n")
        path, _, query = self.path.partition("?")
        said = {
            "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers["Content-Type"] or "", "REMOTE_USER": "robot",
            "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "", "PATH": os.environ["PATH"],
            "GIT_PROTOCOL": self.headers["Git-Protocol"] or "", "CONTENT_LENGTH": str(len(body)),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], env=said, input=body, capture_output=True, check=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return self._answer(int(headers.pop("Status", "200")[:3]), headers, answer)

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(ready: World) -> Iterator[tuple[type[Server], str]]:
    """A server of the repository, and its address with a password in it."""
    if not Path(subprocess.check_output(["git", "--exec-path"], text=True).strip(), "git-http-backend").exists():
        pytest.skip("this git comes without git-http-backend; masking is tested in test_remote too")
    ready.git("config", "http.receivepack", "true", cwd=ready.remote)
    handler = type("OfThisTest", (Server,), {"root": ready.root})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield handler, f"http://robot:{PASSWORD}@127.0.0.1:{http.server_address[1]}/remote.git"
        http.shutdown()


def kept_by(world: World) -> list[Path]:
    """Return the files of the cache and of the remote in which the password stands."""
    places = [*(world.root / "cache").rglob("*"), *world.remote.rglob("*")]
    return [path for path in places if path.is_file() and PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize("told", some(["-v", "--json"], 1))
def test_a_release_shows_and_keeps_no_password(ready: World, server: tuple[type[Server], str], told: str) -> None:
    words, before = words_of(BUMP, ready), Before.of(ready)

    outcome = ready.run(*words, "--repo", server[1], told)

    assert outcome.code == 0, outcome
    assert landed(ready, BUMP, before)
    assert PASSWORD not in outcome.stdout + outcome.stderr
    assert PASSWORD not in ready.git("log", "-p", "-1", "main", cwd=ready.remote)
    assert kept_by(ready) == []


@pytest.mark.parametrize("told", some(["-v", "--json"], 1))
@pytest.mark.parametrize("fault", ["forbidden", "rejected", "wrong", "gone"])
def test_no_error_shows_or_keeps_a_password(
    ready: World, server: tuple[type[Server], str], fault: str, told: str
) -> None:
    words, (handler, address) = words_of(BUMP, ready), server
    if fault == "forbidden":
        handler.forbids = True
    elif fault == "rejected":
        hook(ready, f"echo 'no pushes to {address} today' >&2; exit 1")
    elif fault == "wrong":
        address = address.replace("robot", "nobody")
    else:
        shutil.move(ready.remote, ready.root / "moved.git")

    outcome = ready.run(*words, "--repo", address, told)

    assert outcome.code == 6, outcome
    assert PASSWORD not in outcome.stdout + outcome.stderr
    assert [path for path in kept_by(ready) if path.parent.name != "hooks"] == []
