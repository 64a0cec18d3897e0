"""A service that tells over HTTP what it runs, as the one in the cluster does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.tagbump.world import digest_of


@dataclass
class Service:
    """A service that can be told what to answer. `answers` are (status, body) by path.

    `asked` is set by the first request.
    """

    url: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: threading.Event = field(default_factory=threading.Event)

    def runs(self, tag: str, *, ready: int = 200) -> None:
        self.answers = {
            "/readyz": (ready, "{}"),
            "/version": (200, json.dumps({"digest": digest_of(tag)})),
        }


@contextmanager
def answering() -> Iterator[Service]:
    """Give a service that a real HTTP server speaks for, on a free port."""
    told = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.set()
            status, body = told.answers.get(self.path, (404, ""))
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", body)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
