"""Every field is one that its kind has, and holds what it may: of Kubernetes' own kinds and of the custom ones."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkers.schemas import TEMPLATE
from tests.checked.conftest import BLUE_GREEN, FOLDERS
from tests.manifests.rendering import ROOT, Resource, render

Write = Callable[[str, list[Resource]], Path]
Check = Callable[[Path], list[str]]


@pytest.fixture
def refusals(kubeconform: Path, schemas: Path) -> Check:
    """What the schemas have against the resources in a file."""

    def check(path: Path) -> list[str]:
        command = [str(kubeconform), "-output", "json", "-schema-location", f"{schemas}/{TEMPLATE}", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = json.loads(done.stdout)
        found = [f"{one['kind']}/{one['name']}: {one['msg']}" for one in said.get("resources", [])]
        assert (done.returncode == 0) == (found == []), done.stderr
        return found

    return check


@pytest.mark.parametrize("folder", [*FOLDERS, BLUE_GREEN])
def test_all_that_is_rendered_keeps_to_its_schema(
    folder: str, rendered: dict[str, list[Resource]], written: Write, refusals: Check
) -> None:
    assert refusals(written("all.yaml", rendered[folder])) == []


@pytest.mark.parametrize("folder", ["jenkins", "jenkins/access"])
def test_what_a_person_applies_for_jenkins_keeps_to_its_schema(folder: str, written: Write, refusals: Check) -> None:
    assert refusals(written("all.yaml", render(ROOT / folder))) == []


WRONG = [
    ("Rollout", "spec.strategy.canary.maxSurge", {"percent": 25}),
    ("Rollout", "spec.strategy.canary.maxSurges", 1),
    ("Rollout", "spec.template.spec.containers.0.securityContext.readOnlyRootFileSystem", True),
    ("Rollout", "spec.progressDeadlineSeconds", "300s"),
    ("Job", "spec.backOffLimit", 2),
    ("Service", "spec.selectors", {}),
    ("Ingress", "spec.rules.0.http.paths.0.pathType", None),
    ("NetworkPolicy", "spec.podSelecter", {}),
    ("HorizontalPodAutoscaler", "spec.minReplicas", "two"),
    ("ExternalSecret", "spec.data.0.remoteRef.propery", "url"),
    ("SecretStore", "spec.provider.aws.service", "Vault"),
    ("PodMonitor", "spec.podMetricsEndpoints.0.scrapeTimeOut", "4s"),
    ("PrometheusRule", "spec.groups.0.rules.0.exp", "1"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{kind} {path}" for kind, path, _ in WRONG])
def test_what_is_misspelt_or_of_another_type_is_found(
    wrong: tuple[str, str, Any], rendered: dict[str, list[Resource]], written: Write, refusals: Check
) -> None:
    kind, path, value = wrong
    resource = next(one for one in rendered["k8s/overlays/prod"] if one["kind"] == kind)
    broken = copy.deepcopy(resource)
    *way, last = path.split(".")
    place: Any = broken
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value

    (refusal,) = refusals(written("broken.yaml", [broken]))
    assert "could not find schema" not in refusal


def test_a_kind_without_a_schema_is_not_passed_over(written: Write, refusals: Check) -> None:
    unknown = {"apiVersion": "example.com/v1", "kind": "Unheard", "metadata": {"name": "of"}}

    (refusal,) = refusals(written("unknown.yaml", [unknown]))

    assert "could not find schema for Unheard" in refusal
