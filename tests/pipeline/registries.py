"""A real registry on this machine that answers for ECR, and a base image in it that takes no time to build on.

A registry takes requests as a proxy gets them, so that it can be named as its own proxy: `HTTP_PROXY` leads whoever
asks ECR to it, under ECR's name. `registries.conf` says that this name is asked without TLS. Nothing on the machine
changes.
"""

import hashlib
import io
import json
import os
import platform
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HOST: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_SETTINGS: Final = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/images}}}}
http: {{addr: "{address}"}}
"""
_AUTH: Final = "auth: {{htpasswd: {{realm: registry, path: {folder}/users}}}}\n"
INSECURE: Final = f'[[registry]]\nlocation = "{HOST}"\ninsecure = true\n'
_SYSTEM: Final = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "etc/debian_version": "12.15\n",
    "var/lib/dpkg/status": (
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib\n"
        "Version: 1:1.2.13.dfsg-1\nMaintainer: nobody <nobody@example.com>\nDescription: made up\n\n"
    ),
}
"""What Trivy knows a Debian by, with one package in it."""


@dataclass(frozen=True)
class Registry:
    """A registry at `address`. `env` leads programs to it that ask for HOST."""

    address: str
    folder: Path

    @property
    def env(self) -> Mapping[str, str]:
        return {
            "HTTP_PROXY": f"http://{self.address}",
            "CONTAINERS_REGISTRIES_CONF": str(self.folder / "registries.conf"),
        }

    def copy(self, source: str, name: str) -> str:
        """Push what skopeo finds at `source` as HOST/`name`, NAME:TAG, and return it by its digest."""
        words = ["skopeo", "--registries-conf", self.env["CONTAINERS_REGISTRIES_CONF"]]
        daemon = ["--src-daemon-host", os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")]
        place = f"docker://{HOST}/{name}"
        env = {**os.environ, **self.env}
        subprocess.run([*words, "copy", "--quiet", *daemon, source, place], check=True, env=env)
        raw = subprocess.run([*words, "inspect", "--raw", place], check=True, env=env, capture_output=True).stdout
        return f"{HOST}/{name.partition(':')[0]}@sha256:{hashlib.sha256(raw).hexdigest()}"

    def tags(self, repository: str = "service") -> dict[str, str]:
        """Return each tag of `repository`, and its digest."""
        try:
            listed = json.loads(self._get(f"{repository}/tags/list"))["tags"] or []
        except urllib.error.HTTPError:
            return {}
        return {
            tag: f"sha256:{hashlib.sha256(self._get(f'{repository}/manifests/{tag}')).hexdigest()}" for tag in listed
        }

    def configuration(self, tag: str, repository: str = "service") -> dict[str, Any]:
        """Return the configuration of the image that has `tag`."""
        manifest = json.loads(self._get(f"{repository}/manifests/{tag}"))
        found: dict[str, Any] = json.loads(self._get(f"{repository}/blobs/{manifest['config']['digest']}"))
        return found

    def _get(self, path: str) -> bytes:
        kinds = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
        request = urllib.request.Request(f"http://{self.address}/v2/{path}", headers={"Accept": kinds})
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - an http address, as above
            return bytes(answer.read())


@contextmanager
def running(folder: Path, *, users: str = "") -> Iterator[Registry]:
    """Give an empty registry, which keeps its images in `folder`. `users` are those of htpasswd; without, all may."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = folder / "registry.yaml"
    said = f"{_SETTINGS}{_AUTH if users else ''}"
    settings.write_text(said.format(folder=folder, address=address))
    (folder / "users").write_text(users)
    (folder / "registries.conf").write_text(INSECURE)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(["docker-registry", "serve", str(settings)], stdout=log, stderr=log)
    try:
        _await(address)
        yield Registry(address, folder)
    finally:
        server.terminate()
        server.wait()


def small_base(folder: Path, **files: str) -> str:
    """Write an image of a few files into `folder`, for skopeo: a Debian by its looks, with `files` besides."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, content in {**_SYSTEM, **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    diff = f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"
    machine = _MACHINES.get(platform.machine(), platform.machine())
    config = {"architecture": machine, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff]}}
    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": {"mediaType": f"{kind}.config.v1+json", **_blob(folder, json.dumps(config).encode())},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar", **_blob(folder, layer.getvalue())}],
    }
    named = {"mediaType": manifest["mediaType"], **_blob(folder, json.dumps(manifest).encode())}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return f"oci:{folder}"


def _blob(folder: Path, content: bytes) -> dict[str, Any]:
    name = hashlib.sha256(content).hexdigest()
    (folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    (folder / "blobs/sha256" / name).write_bytes(content)
    return {"digest": f"sha256:{name}", "size": len(content)}


def _await(address: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/v2/", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it is there, and lets in whom it knows
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
