"""A cold bump beside gitopscli, which clones the newest commit, edits by a YAML round trip, commits and pushes.

It asks a forge where the repository is before it clones; here a forge on this machine answers that one question.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from bench.generate import Built, overlay
from bench.rounds import interleaved
from bench.rows import Row, faster, left_out
from bench.workshop import Remote, Workshop

_PEER: Final = "gitopscli deploy"


def measure(shop: Workshop) -> list[Row]:
    """Measure both on the large repository; one row says why where gitopscli is not here."""
    what = f"cold bump, {shop.sizes.commits:,} commits, {shop.sizes.overlays:,} overlays"
    if not shop.gitopscli.is_there:
        return [left_out(what, _PEER, shop.gitopscli.why)]
    remote = shop.remote(shop.large)
    source = remote.head()
    with forge(remote) as url:
        sides = {
            "ours": lambda: shop.cold_bump(remote, source),
            "theirs": lambda: shop.seconds(*_deploy(shop, url, shop.build())),
        }
        took = interleaved(shop.rounds, sides, shop.tell)
    remote.expect(shop.rounds * len(sides), source)
    return [faster(what, _PEER, took["theirs"], took["ours"])]


def _deploy(shop: Workshop, url: str, built: Built) -> tuple[str, ...]:
    values = {"images[0].newTag": built.tag, "images[0].digest": built.digest}
    options = {
        "git-provider": "gitlab", "git-provider-url": url, "username": "pipeline", "password": "none",
        "git-user": "Release Pipeline", "git-email": "pipeline@example.com", "organisation": "team",
        "repository-name": "delivery", "file": overlay("dev"), "values": json.dumps(values), "single-commit": "true",
    }  # fmt: skip
    return (shop.gitopscli.path, "deploy", *(f"--{name}={value}" for name, value in options.items()))


@contextmanager
def forge(remote: Remote) -> Iterator[str]:
    """Give the address of a GitLab that knows one project, and says of it only where it is cloned from."""
    project = json.dumps({"id": 1, "http_url_to_repo": remote.url}).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(project)))
            self.end_headers()
            self.wfile.write(project)

        def log_message(self, *_: object) -> None:
            """Say nothing: what is told here is the progress of the measuring."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
