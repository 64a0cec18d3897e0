"""The files themselves: one resource each, nothing unused, and overlays that differ only where they are meant to."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.manifests.rendering import ENVIRONMENTS, ROOT, Overlay, Resource

DECISIONS = {
    ("dev", "stage"): {
        "ConfigMap data.LOG_LEVEL",
        "PrometheusRule",
        "Rollout spec.strategy.canary.steps",
    },
    ("stage", "prod"): {
        "HorizontalPodAutoscaler spec.maxReplicas",
        "HorizontalPodAutoscaler spec.minReplicas",
        "Ingress spec.rules[0].host",
        "Rollout spec.strategy.canary.steps",
    },
}
TREES = [ROOT / "k8s", ROOT / "argocd", ROOT / "platform"]


def test_everything_lives_in_its_environments_namespace(overlay: Overlay) -> None:
    namespaces = {key: one["metadata"].get("namespace") for key, one in keyed(overlay).items()}

    assert set(namespaces.values()) == {f"service-{overlay.name}"}, namespaces


@pytest.mark.parametrize(("one", "other"), DECISIONS)
def test_environments_differ_in_what_was_decided_and_in_nothing_else(
    one: str, other: str, overlays: dict[str, Overlay]
) -> None:
    before, after = comparable(overlays[one]), comparable(overlays[other])

    different = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    # Of a resource that only one has, it is enough to know that.
    different -= {key for key in different if " " in key and key.partition(" ")[0] in different}

    assert different == DECISIONS[one, other]


def test_base_files_hold_one_resource_each_and_are_named_for_its_kind() -> None:
    files = [path for path in sorted((ROOT / "k8s/base").glob("*.yaml")) if "kustomiz" not in path.name]

    for path in files:
        (resource,) = yaml.safe_load_all(path.read_text())
        kind = {"HorizontalPodAutoscaler": "hpa", "PodDisruptionBudget": "pdb", "Job": "migrate-job"}.get(
            resource["kind"], resource["kind"].lower()
        )
        # Of a kind that is there more than once, the name tells which.
        assert path.stem in {kind, f"{kind}-{resource['metadata']['name'].removeprefix('service-')}"}


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_every_file_is_used_by_a_kustomization(tree: Path) -> None:
    used = {tree / "kustomization.yaml"} | {
        (folder.parent / name).resolve() for folder in tree.rglob("kustomization.yaml") for name in references(folder)
    }

    unused = {path for path in tree.rglob("*") if path.is_file() and path.name != "kustomization.yaml"} - used

    assert unused == set()


def test_rollouts_are_patched_by_json_6902_alone() -> None:
    patches = [
        (path.parent / patch["path"])
        for path in (ROOT / "k8s").rglob("kustomization.yaml")
        for patch in yaml.safe_load(path.read_text()).get("patches", [])
    ]

    assert patches
    for path in patches:  # a strategic merge would be a mapping, and replace whole lists: kustomize#4600
        assert all({"op", "path"} <= operation.keys() for operation in yaml.safe_load(path.read_text())), path


def test_yamllint_has_nothing_to_say() -> None:
    command = [sys.executable, "-m", "yamllint", "--strict", "k8s", "argocd", "platform", "tagbump.yaml"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "")


def references(kustomization: Path) -> Iterator[str]:
    """Yield the files and folders that a kustomization names."""
    content = yaml.safe_load(kustomization.read_text())
    for key in ("resources", "components", "transformers", "configurations"):
        yield from content.get(key, [])
    for patch in content.get("patches", []):
        yield patch["path"]
    for generator in content.get("configMapGenerator", []):
        yield from generator.get("envs", [])


def comparable(overlay: Overlay) -> dict[str, Any]:
    """Return the leaves of what `overlay` renders, without what differs by its nature: namespace, image, hash."""
    settings = overlay.one("ConfigMap")["metadata"]["name"]
    leaves = dict(leaf for key, one in keyed(overlay).items() for leaf in [(key, ""), *flatten(one, f"{key} ", one)])
    same = {overlay.artifact: "ARTIFACT", settings: "SETTINGS"}
    own = re.compile(rf"\bservice([-/]){overlay.name}\b")
    return {
        key: own.sub(r"service\1ENVIRONMENT", same.get(value, value)) if isinstance(value, str) else value
        for key, value in leaves.items()
    }


def keyed(overlay: Overlay) -> dict[str, Resource]:
    """Return what `overlay` renders by kind, and by name where there are several of a kind."""
    kinds = Counter(one["kind"] for one in overlay.resources)
    return {
        one["kind"] if kinds[one["kind"]] == 1 else f"{one['kind']}/{one['metadata']['name']}": one
        for one in overlay.resources
    }


def flatten(value: Any, path: str, resource: Resource) -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf); the canary's steps are one leaf, as their order is what they mean."""
    if path.endswith(".steps"):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            separator = "" if path.endswith(" ") else "."
            yield from flatten(inner, f"{path}{separator}{key}", resource)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flatten(inner, f"{path}[{index}]", resource)
    else:
        yield path, value


def test_overlays_are_those_that_are_tested() -> None:
    folders = sorted(path.name for path in (ROOT / "k8s/overlays").iterdir())

    assert folders == sorted(ENVIRONMENTS)
