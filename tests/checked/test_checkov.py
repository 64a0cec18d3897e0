"""What checkov knows to be unwise in manifests, none of which is here, but what is explained below."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.manifests.rendering import Resource

EXCEPTIONS: Final = {
    # libpq and gunicorn's workers take the URL from the environment, which no other container and no token of the pod
    # can read; a file would have to be watched to be worth more, and pods are restarted after a rotation anyway.
    "CKV_K8S_35": "Prefer using secrets as files over secrets as environment variables",
}
PLANTED: Final = {
    "CKV_K8S_14": "Image Tag should be fixed - not latest or blank",
    "CKV_K8S_16": "Container should not be privileged",
    "CKV_K8S_20": "Containers should not run with allowPrivilegeEscalation",
}

Found = dict[str, set[str]]


@pytest.fixture(scope="module")
def found(checkov: Path, rendered: dict[str, list[Resource]], tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The names of the checks that fail, by what they fail for. One run for all: it takes seconds to start."""
    folder = tmp_path_factory.mktemp("checkov")
    for name, resources in {**rendered, "planted": [planted(rendered)]}.items():
        items = [as_deployment(one) for one in resources]
        listing = {"apiVersion": "v1", "kind": "List", "items": items}
        (folder / f"{name.replace('/', '-')}.json").write_text(json.dumps(listing), encoding="utf-8")
    command = [str(checkov), "-m", "checkov.main", "--framework", "kubernetes", "--directory", str(folder)]
    options = ["--skip-download", "--output", "json", "--soft-fail"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    results: Found = {}
    for one in json.loads(done.stdout)["results"]["failed_checks"]:
        results.setdefault(one["check_id"], set()).add(one["resource"])
    return results


def as_deployment(resource: Resource) -> Resource:
    """Return a Rollout's pods as a Deployment's, the kind that checkov knows; anything else as it is."""
    if resource["kind"] != "Rollout":
        return resource
    spec = {key: resource["spec"][key] for key in ("selector", "template")}
    return {**resource, "apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}


def planted(rendered: dict[str, list[Resource]]) -> Resource:
    """The service's Rollout, made unwise."""
    (rollout,) = [one for one in rendered["k8s/overlays/prod"] if one["kind"] == "Rollout"]
    bad = copy.deepcopy(rollout)
    bad["metadata"]["name"] = "planted"
    (container,) = bad["spec"]["template"]["spec"]["containers"]
    container["image"] = "service:latest"
    container["securityContext"] = {"privileged": True, "allowPrivilegeEscalation": True}
    return bad


def test_nothing_unwise_is_rendered_but_what_is_explained(found: Found) -> None:
    ours = {check for check, resources in found.items() if any("planted" not in one for one in resources)}

    assert ours == EXCEPTIONS.keys()  # and none is explained that is not there any more


def test_what_is_planted_is_found(found: Found) -> None:
    theirs = {check for check, resources in found.items() if any("planted" in one for one in resources)}

    assert theirs >= PLANTED.keys()
