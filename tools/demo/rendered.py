"""What an overlay asks for, read from the manifests that the real kustomize renders."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo import processes


class Unrenderable(Exception):
    """An overlay does not give what a deployer needs; `str()` of it says why."""


@dataclass(frozen=True)
class Desired:
    """The service as an environment's manifests have it.

    `settings` are the variables of its ConfigMap and those written out, `migration` the command of its Job.
    """

    image: str
    settings: Mapping[str, str]
    migration: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Return the 64 hex digits that the image is pinned by. Raises Unrenderable where there are none."""
        _, at, digest = self.image.partition("@sha256:")
        if not at:
            raise Unrenderable(f"{self.image} has no digest")
        return digest


def render(folder: Path, env: Mapping[str, str]) -> str:
    """Return the manifests of the overlay `folder`. Raises Unrenderable."""
    build = ["kustomize", "build"] if shutil.which("kustomize", path=env["PATH"]) else ["kubectl", "kustomize"]
    status, said = processes.run([*build, folder], env=env, cwd=folder)
    if status != 0:
        raise Unrenderable(said.strip())
    return said


def read(manifests: str) -> Desired:
    """Read what is to run. Raises Unrenderable where Rollout, ConfigMap or migration Job are not as they should be."""
    objects = {each["kind"]: each for each in yaml.safe_load_all(manifests) if each}
    try:
        container = _container(objects["Rollout"])
        settings = dict(objects["ConfigMap"]["data"])
        settings |= {each["name"]: each["value"] for each in container["env"] if "value" in each}
        job = _container(objects["Job"])
        if job["image"] != container["image"]:
            raise Unrenderable(f"the Job has {job['image']}, and the Rollout {container['image']}")
        return Desired(container["image"], settings, tuple(job["command"]))
    except (KeyError, TypeError, StopIteration) as error:
        raise Unrenderable(f"the manifests lack {error}") from error


def _container(owner: dict[str, Any]) -> dict[str, Any]:
    found: Iterator[dict[str, Any]] = iter(owner["spec"]["template"]["spec"]["containers"])
    return next(found)
