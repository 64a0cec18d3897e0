"""Images of one small program, pushed to a registry by its own API: no Docker, no base image."""

import hashlib
import io
import json
import platform
import subprocess
import tarfile
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).with_name("service.c")
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


def build(folder: Path) -> bytes:
    """Compile the service, and return the program."""
    program = folder / "service"
    subprocess.run(["cc", "-static", "-Os", "-o", str(program), str(SOURCE)], check=True, capture_output=True)
    return program.read_bytes()


@dataclass
class Images:
    """Pushes images to `registry` as they are asked for, each once."""

    registry: str
    program: bytes
    _pushed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        return f"{self.registry}/e2e/service"

    def good(self, tag: str) -> str:
        """Return the artifact of a build that works."""
        return self._artifact(tag, {"BUILD": tag})

    def crashing(self, tag: str, words: str) -> str:
        """Return the artifact of a build that says `words` and ends."""
        return self._artifact(tag, {"CRASH": words})

    def labelled(self, tag: str, revision: str) -> str:
        """Return the artifact of a build that works, and names `revision` as the commit it was built from."""
        return self._artifact(tag, {"BUILD": tag}, {"org.opencontainers.image.revision": revision})

    def delete(self, artifact: str) -> None:
        """Delete `artifact`, as somebody does who cleans up."""
        with self._ask("DELETE", f"manifests/{artifact.partition('@')[2]}", None):
            self._pushed = {key: pushed for key, pushed in self._pushed.items() if pushed != artifact}

    def absent(self, tag: str) -> str:
        """Return an artifact that nobody has pushed."""
        return f"{self.repository}:{tag}@sha256:{hashlib.sha256(tag.encode()).hexdigest()}"

    def _artifact(self, tag: str, settings: Mapping[str, str], labels: Mapping[str, str] | None = None) -> str:
        key = (tag, f"{settings} {labels}")
        if key not in self._pushed:
            self._pushed[key] = f"{self.repository}:{tag}@{self._push(tag, settings, labels or {})}"
        return self._pushed[key]

    def _push(self, tag: str, settings: Mapping[str, str], labels: Mapping[str, str]) -> str:
        """Push an image and an index that names it, as builders for several platforms do; return the index's digest."""
        layer = _layer(self.program)
        system = {"architecture": _MACHINES.get(platform.machine(), platform.machine()), "os": "linux"}
        config = {
            **system,
            "config": {
                "Entrypoint": ["/service"],
                "Env": [f"{key}={value}" for key, value in settings.items()],
                "User": "10001:10001",
                "Labels": labels,
            },
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self._blob(_json(config))},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **self._blob(layer)}],
        }
        named = {"mediaType": _MANIFEST, **self._manifest(manifest, _MANIFEST), "platform": system}
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [named], "annotations": {"tag": tag}}
        return str(self._manifest(index, _INDEX, tag)["digest"])

    def _blob(self, data: bytes) -> dict[str, Any]:
        with self._ask("POST", "blobs/uploads/", b"") as answer:
            place = urllib.parse.urljoin(f"http://{self.registry}", answer.headers["Location"])
        sign = "&" if "?" in place else "?"
        with self._ask("PUT", f"{place}{sign}digest={_digest(data)}", data, "application/octet-stream"):
            return {"digest": _digest(data), "size": len(data)}

    def _manifest(self, document: dict[str, Any], kind: str, tag: str = "") -> dict[str, Any]:
        data = _json(document)
        with self._ask("PUT", f"manifests/{tag or _digest(data)}", data, kind):
            return {"digest": _digest(data), "size": len(data)}

    def _ask(self, method: str, place: str, data: bytes | None, kind: str = "") -> Any:
        url = urllib.parse.urljoin(f"http://{self.registry}/v2/e2e/service/", place)
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - an http address, as above
        return urllib.request.urlopen(request, timeout=30)  # noqa: S310


def _layer(program: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("service")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    return packed.getvalue()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
