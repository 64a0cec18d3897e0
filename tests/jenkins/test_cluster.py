"""What Jenkins has in the cluster: agents that may little, images by their digest, and accounts."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from checkers.getting import SCHEMAS
from checkers.schemas import file_name
from tests.jenkins.configuration import JENKINS, ROOT, clouds, pods
from tests.manifests.rendering import render

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


@pytest.fixture(scope="module")
def rendered() -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["kind"], one["metadata"]["name"]): one for one in render(JENKINS)}


def test_every_value_of_the_installation_is_filled_in(rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    settings = yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"]
    environment = rendered["ConfigMap", "jenkins-environment"]["data"]

    assert "set-by-platform" not in yaml.safe_dump(rendered)
    assert ("ConfigMap", "platform") not in rendered
    assert environment["SERVICE_REPOSITORY"] == settings["repository"]
    assert environment["JENKINS_ADDRESS"] == f"https://jenkins.{settings['domain']}"


@pytest.mark.parametrize("label", sorted(pods()))
def test_a_pod_runs_the_one_pinned_image_with_limits(
    label: str, rendered: dict[tuple[str, str], dict[str, Any]]
) -> None:
    (container,) = pods()[label]["spec"]["containers"]

    assert container["name"] == "jnlp", "the agent runs in the container of this name"
    assert container["image"] == "${AGENT_IMAGE}"
    assert DIGEST.search(rendered["ConfigMap", "jenkins-environment"]["data"]["AGENT_IMAGE"])
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("label", sorted(pods()))
def test_a_pod_gains_no_rights_on_its_node(label: str) -> None:
    spec = pods()[label]["spec"]
    (container,) = spec["containers"]
    of_its_own_namespace = spec.get("hostUsers") is False

    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert of_its_own_namespace or spec["securityContext"]["runAsNonRoot"] is True
    assert of_its_own_namespace or container["securityContext"]["allowPrivilegeEscalation"] is False
    assert "privileged" not in container["securityContext"]


def test_what_runs_a_pull_request_has_no_account() -> None:
    spec = pods()["checks"]["spec"]

    assert "serviceAccountName" not in spec
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("label", sorted(pods()))
def test_a_pods_account_is_there(label: str, rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    account = pods()[label]["spec"].get("serviceAccountName")

    assert account is None or ("ServiceAccount", account) in rendered


@pytest.mark.parametrize("label", sorted(pods()))
def test_kubernetes_takes_the_pod(label: str) -> None:
    schema = SCHEMAS.place / file_name("", "v1", "Pod")
    if not schema.is_file():
        pytest.skip("left out: the schemas are not there; make checkers gets them")

    jsonschema.validate({"metadata": {}, **pods()[label]}, json.loads(schema.read_text(encoding="utf-8")))


def test_the_network_policy_selects_what_the_clouds_label(rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    selected = rendered["NetworkPolicy", "agents"]["spec"]["podSelector"]["matchLabels"]

    assert all({one["key"]: one["value"] for one in cloud["podLabels"]} == selected for cloud in clouds())


def test_tagbumps_account_gets_the_roles_of_argocd_access_and_no_more() -> None:
    ours, theirs = render(JENKINS / "access"), render(ROOT / "argocd/access")

    assert {one["kind"] for one in ours} == {"RoleBinding"}
    assert [(one["metadata"]["namespace"], one["roleRef"]) for one in ours] == [
        (one["metadata"]["namespace"], one["roleRef"]) for one in theirs if one["kind"] == "RoleBinding"
    ]
    assert all(
        one["subjects"] == [{"kind": "ServiceAccount", "name": "tagbump", "namespace": "jenkins"}] for one in ours
    )


@pytest.mark.parametrize("image", ["agent", "controller"])
def test_an_image_is_built_from_bases_that_have_to_be_named(image: str) -> None:
    text = (JENKINS / image / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))

    assert all(re.fullmatch(r"\$\{\w+_IMAGE\}", base) for base in bases), "the caller pins it, by its digest"
    assert not [name for name in defaults if name.endswith("_IMAGE")]
    assert all(re.fullmatch(r"[\d.-]+", value) for name, value in defaults.items() if name.endswith("_VERSION"))


def test_the_chart_is_given_an_image_by_its_digest() -> None:
    values = yaml.safe_load((JENKINS / "values.yaml").read_text(encoding="utf-8"))

    assert DIGEST.search(values["controller"]["image"]["tag"])


def test_the_pipeline_runs_one_released_tagbump() -> None:
    lines = [line for line in (JENKINS / "tagbump").read_text().splitlines() if not line.startswith("#")]

    assert len(lines) == 1
    assert re.fullmatch(r"[0-9a-f]{40}", lines[0])
