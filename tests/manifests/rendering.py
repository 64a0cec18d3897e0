"""What the real kustomize makes of the folders that Argo CD deploys."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "stage", "prod")

Resource = dict[str, Any]


def render(folder: Path) -> list[Resource]:
    """Return the resources that `folder` renders to. Fails the test with kustomize's own words when it does not."""
    run = subprocess.run([*kustomize(), str(folder)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.fail(f"{folder} does not render:\n{run.stderr}", pytrace=False)
    return [resource for resource in yaml.safe_load_all(run.stdout) if resource is not None]


def kustomize() -> list[str]:
    """Return the command that renders the folder named after it."""
    if kubectl := shutil.which("kubectl"):
        return [kubectl, "kustomize"]
    if program := shutil.which("kustomize"):
        return [program, "build"]
    pytest.fail(
        "neither kubectl nor kustomize is on the PATH: install one of them to render the overlays", pytrace=False
    )


def release_jobs(resources: list[Resource]) -> list[Resource]:
    """Return the Jobs that a release runs, as the AnalysisTemplates among `resources` have Argo Rollouts make them."""
    return [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": metric["name"], "namespace": one["metadata"]["namespace"], **job["metadata"]},
            "spec": job["spec"],
        }
        for one in resources
        if one["kind"] == "AnalysisTemplate"
        for metric in one["spec"]["metrics"]
        if (job := metric["provider"].get("job"))
    ]


@dataclass(frozen=True)
class Overlay:
    """One environment: the folder that says what it is, and what that renders to."""

    name: str
    folder: Path
    resources: list[Resource]

    @property
    def artifact(self) -> str:
        """The pinned image as `REPOSITORY:TAG@sha256:...`."""
        (image,) = yaml.safe_load((self.folder / "kustomization.yaml").read_text())["images"]
        return f"{image['newName']}:{image['newTag']}@{image['digest']}"

    def one(self, kind: str) -> Resource:
        """Return the only resource of `kind`."""
        (resource,) = self.all(kind)
        return resource

    def named(self, kind: str, name: str) -> Resource:
        """Return the resource of `kind` that is called `name`."""
        (resource,) = [one for one in self.all(kind) if one["metadata"]["name"] == name]
        return resource

    def all(self, kind: str) -> list[Resource]:
        """Return every resource of `kind`, in the order rendered."""
        return [resource for resource in self.resources if resource["kind"] == kind]

    def pods(self) -> Iterator[tuple[str, Resource]]:
        """Yield kind and pod template of whatever makes pods, the Jobs of a release included."""
        for resource in [*self.resources, *release_jobs(self.resources)]:
            if template := resource.get("spec", {}).get("template"):
                yield resource["kind"], template

    def containers(self) -> Iterator[tuple[str, Resource]]:
        """Yield every container and initContainer under a name for messages."""
        for kind, template in self.pods():
            for group in ("initContainers", "containers"):
                for container in template["spec"].get(group, []):
                    yield f"{kind}/{container['name']}", container

    def service(self) -> Resource:
        """Return the Rollout's container that serves."""
        (container,) = self.one("Rollout")["spec"]["template"]["spec"]["containers"]
        assert isinstance(container, dict)
        return container
