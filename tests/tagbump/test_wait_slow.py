"""A service that answers a byte at a time: each is in time, and the answer never is."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tagbump import live
from tagbump.model import Artifact
from tests.tagbump.world import World, artifact

OPENING = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
# Where it turns slow: in the status line, between two headers, in the body, in a chunk of it.
SLOW = {
    "status": (b"", b"HTTP/1.1 " + b"2" * 10_000),
    "headers": (OPENING, b"X-Slow: " + b"x" * 10_000),
    "body": (OPENING + b"Content-Length: 10000\r\n\r\n", b" " * 10_000),
    "chunks": (OPENING + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 10_000),
    "silence": (b"", b""),
}


@pytest.fixture(params=SLOW)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a slow service answers: ten bytes a second, for a quarter of an hour."""
    begin, rest = SLOW[request.param]
    over = threading.Event()
    door = socket.create_server(("127.0.0.1", 0))

    def serve(caller: socket.socket) -> None:
        with suppress(OSError), caller:
            caller.recv(65536)
            caller.sendall(begin)
            for byte in rest:
                if over.wait(0.1):
                    return
                caller.sendall(bytes([byte]))
            over.wait()

    def welcome() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(door.accept()[0],), name="slow", daemon=True).start()

    accepting = threading.Thread(target=welcome, daemon=True)
    accepting.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    over.set()
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    accepting.join()


def test_a_look_at_a_slow_service_ends_in_time_and_leaves_nothing_behind(url: str) -> None:
    begun = time.monotonic()

    checks = live.look(url, Artifact.parse(artifact("1.0.0")), seconds=1.0)

    assert time.monotonic() - begun < 20
    assert [check.ok for check in checks] == [False, False]
    assert checks[0].detail == f"{url}/readyz does not answer within 0.5 s"
    end = time.monotonic() + 20
    while any(thread.name == "question" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_time_runs_out_on_a_slow_service_too(world: World, url: str) -> None:
    begun = time.monotonic()

    outcome = world.json("wait", "dev", "--url", url, "--timeout", "2s")

    assert time.monotonic() - begun < 30
    assert (outcome.code, outcome.document["state"]) == (7, "not-ready")
