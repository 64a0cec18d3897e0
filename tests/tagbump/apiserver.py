"""An API server that serves the objects it is given, can be watched, and can be made to misbehave."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.tagbump.clusters import Object, Objects


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: they are asked to."""


class ApiServer:
    """Objects by the plural of their kind, and every change to them by its number.

    `status` is what everything answers while it is set, `words` the body of that; while it is `silent`, nothing is
    answered, nor about the one object that it is `silent_for`. `asked` counts the requests by what they were:
    `list pods`, `watch pods`.
    """

    def __init__(self, folder: Path) -> None:
        """Not up yet. `config` is a kubeconfig that leads to it."""
        self.config = folder / "kubeconfig"
        self.status: int | None = None
        self.words = "{}"
        self.silent = False
        self.silent_for = ""
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.news = threading.Condition()
        self._objects: Objects = {}
        self._events: list[tuple[str, str, Object]] = []
        self._oldest = 0
        self.era = 0
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    # --- what tests do ------------------------------------------------------------------------------------------------

    def serve(self, objects: Objects) -> None:
        """Have these objects: what was there and is not among them is deleted, what is new or changed is told."""
        with self.news:
            for plural in {*self._objects, *objects}:
                before = {item["metadata"]["name"]: item for item in self._objects.get(plural, [])}
                after = {item["metadata"]["name"]: item for item in objects.get(plural, [])}
                for name in before.keys() - after.keys():
                    self._events.append((plural, "DELETED", before[name]))
                for name, item in after.items():
                    if before.get(name) != item:
                        self._events.append((plural, "MODIFIED" if name in before else "ADDED", item))
            self._objects = json.loads(json.dumps(objects))
            self.news.notify_all()

    def forget(self) -> None:
        """Know no event of the past any more: who wants to go on from there is answered 410."""
        with self.news:
            self._oldest = len(self._events) + 1
            self._events.append(("none", "ADDED", {}))

    def cut(self) -> None:
        """End every watch, in the middle of a line."""
        with self.news:
            self.era += 1
            self.news.notify_all()

    def up(self) -> None:
        """Listen: at a free port, and at the same one from then on."""
        self._server = _Server(("127.0.0.1", self._port), self._handler())
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._write_config()

    def down(self) -> None:
        """Listen no more, and hang up on everybody."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self.cut()

    def wait_for(self, question: str, *, times: int = 1) -> None:
        """Wait until `question` (`watch pods`) has been asked so often."""
        with self.news:
            assert self.news.wait_for(lambda: self.asked.count(question) >= times, timeout=30), self.asked

    # --- what it answers ----------------------------------------------------------------------------------------------

    def _write_config(self) -> None:
        self.config.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self._port}"}}],
                    "users": [{"name": "u", "user": {"token": "the-token"}}],
                    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                    "current-context": "x",
                }
            )
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
                plural, watches = parts.path.rpartition("/")[2], query.get("watch") == "true"
                named = query.get("fieldSelector", "").removeprefix("metadata.name=")
                time.sleep(20 * (cluster.silent or named == cluster.silent_for != ""))
                with cluster.news:
                    cluster.asked.append(f"{'watch' if watches else 'list'} {plural}")
                    cluster.tokens.add(self.headers.get("Authorization", ""))
                    cluster.news.notify_all()
                    era = cluster.era
                if cluster.status:
                    self._answer(cluster.status, cluster.words.encode())
                elif watches:
                    self._watch(plural, query, era)
                else:
                    self._answer(200, json.dumps(cluster.listed(parts.path, plural, query)).encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _watch(self, plural: str, query: dict[str, str], era: int) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                for line in cluster.told(plural, int(query["resourceVersion"]), era):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Say nothing."""

        return Handler

    def listed(self, path: str, plural: str, query: dict[str, str]) -> dict[str, Any]:
        """Return what a list answers: the objects of the namespace, or the one that is asked for."""
        namespace = path.split("/namespaces/")[1].split("/", maxsplit=1)[0]
        named = query.get("fieldSelector", "").removeprefix("metadata.name=")
        with self.news:
            items = [
                item
                for item in self._objects.get(plural, [])
                if item["metadata"]["namespace"] == namespace and (not named or item["metadata"]["name"] == named)
            ]
            return {"kind": "List", "metadata": {"resourceVersion": str(len(self._events))}, "items": items}

    def _wait_for_news(self, era: int, position: int) -> bool:
        """Wait until there is an event after `position`, or a while; False where the watch was cut. Under the lock."""
        self.news.wait_for(lambda: self.era != era or len(self._events) > position, timeout=20)
        return self.era == era

    def told(self, plural: str, since: int, era: int) -> Iterator[bytes]:
        """Give a line for each event after number `since`, until the `era` is over; 410 where it is too long ago."""
        with self.news:
            if since < self._oldest:
                gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
                yield json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"
                return
        position = since
        while True:
            with self.news:
                if not self._wait_for_news(era, position):
                    yield b'{"type": "MODIFIED", "object": {"metadata": {"na'
                    return
                fresh, position = self._events[position:], len(self._events)
            for number, (kind, event, item) in enumerate(fresh, start=position - len(fresh) + 1):
                if kind == plural:
                    told = {**item, "metadata": {**item["metadata"], "resourceVersion": str(number)}}
                    yield json.dumps({"type": event, "object": told}).encode() + b"\n"
            bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(position)}}}
            yield json.dumps(bookmark).encode() + b"\n"


@contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """Give an API server that is up."""
    server = ApiServer(folder)
    server.up()
    try:
        yield server
    finally:
        server.down()
