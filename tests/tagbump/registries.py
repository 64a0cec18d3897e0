"""An image registry on this machine: it speaks the API of the OCI over real HTTP, and lies where a test wants it to."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tagbump.model import Artifact

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
AMD64 = {"os": "linux", "architecture": "amd64"}
ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}
UNKNOWN = {"os": "unknown", "architecture": "unknown"}
REVISION = "org.opencontainers.image.revision"

USER, SECRET, TOKEN = "robot", "hunter2", "t0ken-of-hunter2"


class Handler(BaseHTTPRequestHandler):
    """One request. What `Registry.instead` has for its path answers it, else the registry as it should."""

    protocol_version = "HTTP/1.1"
    registry: "Registry"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> None:
        registry = self.registry
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        registry.asked.append(Asked(self.command, self.path, dict(self.headers), form))
        for part, instead in registry.instead.items():
            if part in self.path and registry.lies.get(part, 1) > 0:
                registry.lies[part] = registry.lies.get(part, 1 << 30) - 1
                with suppress(OSError):  # who asked has had enough, and hung up
                    instead(self)
                return
        self.honest(form)

    def honest(self, form: str = "") -> None:
        registry, url = self.registry, urlsplit(self.path)
        if url.path == "/token":
            self._token(form)
        elif not registry.lets_in(self.headers.get("Authorization")):
            self.send(401, b'{"errors": []}', WWW_Authenticate=registry.challenge)
        elif found := registry.held.get(url.path):
            kind, body = found
            self.send(200, body, Content_Type=kind, Docker_Content_Digest=digest(body))
        else:
            self.send(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')

    def _token(self, form: str) -> None:
        basic = self.headers.get("Authorization") == self.registry.basic
        refreshed = parse_qs(form).get("refresh_token") == [SECRET]
        if basic or refreshed or self.registry.anonymous:
            self.send(200, json.dumps({"token": TOKEN}).encode())
        else:
            self.send(401)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: str


@dataclass
class Registry:
    """A registry at `host`. `held` is what it has by path, `instead` what answers in its place, by a part of the path.

    `lies` says how many times that happens, where not always. `asked` is every request so far.
    """

    host: str = ""
    held: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    instead: dict[str, Callable[[Handler], None]] = field(default_factory=dict)
    lies: dict[str, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    challenge: str = ""
    anonymous: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def repository(self) -> str:
        return f"{self.host}/team/service"

    @property
    def basic(self) -> str:
        return f"Basic {base64.b64encode(f'{USER}:{SECRET}'.encode()).decode()}"

    def asks_for_a_password(self) -> None:
        self.challenge = 'Basic realm="us"'

    def asks_for_a_token(self, *, realm: str = "", anonymous: bool = False) -> None:
        self.anonymous = anonymous
        self.challenge = f'Bearer realm="{realm or f"http://{self.host}/token"}",service="us",scope="all:all:push"'

    def lets_in(self, authorization: str | None) -> bool:
        wanted = {"B": f"Bearer {TOKEN}"} if self.challenge.startswith("Bearer") else {"B": self.basic}
        return not self.challenge or authorization == wanted["B"]

    def put(self, kind: str, body: bytes, name: str = "") -> str:
        """Keep `body` under its digest, a manifest under `name` too, and return the digest."""
        room = "manifests" if kind else "blobs"
        for reference in (digest(body), *filter(None, [name])):
            self.held[f"/v2/team/service/{room}/{reference}"] = (kind or "application/octet-stream", body)
        return digest(body)

    def image(self, revision: object, *, tag: str = "", kind: str = OCI_MANIFEST, **changed: Any) -> str:
        """Push an image for one platform whose label is `revision`, None for no label; return its digest."""
        labels = {} if revision is None else {REVISION: revision}
        config = self.put("", written({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}))
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": config}, "layers": [], **changed}
        return self.put(kind, written(manifest), tag)

    def index(self, tag: str, *images: tuple[Mapping[str, str], str], kind: str = OCI_INDEX, **changed: Any) -> str:
        """Push an index of `images`, each a platform and a digest; return its digest."""
        listed = [{"digest": digest, "platform": platform} for platform, digest in images]
        return self.put(kind, written({"schemaVersion": 2, "mediaType": kind, "manifests": listed, **changed}), tag)

    def named(self, tag: str, digest: str) -> Artifact:
        return Artifact(self.repository, tag, digest)

    def pushed(self, tag: str, revision: object) -> Artifact:
        """Push an image for one platform under `tag`, and return it."""
        return self.named(tag, self.image(revision, tag=tag))


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def written(document: object) -> bytes:
    return json.dumps(document).encode()


def docker_config(folder: Path, document: object) -> dict[str, str]:
    """Write Docker's configuration to `folder`, and return the variables that lead to it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return {"DOCKER_CONFIG": str(folder)}


def logged_in(host: str) -> dict[str, Any]:
    """Return the configuration that `docker login` leaves."""
    return {"auths": {host: {"auth": base64.b64encode(f"{USER}:{SECRET}".encode()).decode()}}}


@contextmanager
def serving() -> Iterator[Registry]:
    """Give a registry that has nothing yet, on a free port of 127.0.0.1."""
    registry = Registry()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"registry": registry}))
    server.daemon_threads = True
    registry.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
