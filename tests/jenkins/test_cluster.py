"""What Jenkins has in the cluster: agents that may little, images by their digest, and accounts."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from checkers.getting import SCHEMAS
from checkers.schemas import file_name
from tests.jenkins.configuration import JENKINS, ROOT, clouds, credentials, of_the_cluster, pods, variables
from tests.manifests.rendering import render

VALUES = yaml.safe_load((JENKINS / "values.yaml").read_text(encoding="utf-8"))
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


Resources = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def rendered() -> Resources:
    """What Jenkins has outside of its agents' namespaces, and which stands once: by kind and name."""
    return {(one["kind"], one["metadata"]["name"]): one for one in render(JENKINS)}


@pytest.fixture(scope="module")
def namespaces() -> dict[str | None, Resources]:
    """The same by namespaces; under None what is in none."""
    found: dict[str | None, Resources] = {}
    for one in render(JENKINS):
        found.setdefault(one["metadata"].get("namespace"), {})[one["kind"], one["metadata"]["name"]] = one
    return found


def test_every_value_of_the_installation_is_filled_in(rendered: Resources) -> None:
    settings = yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"]
    environment = rendered["ConfigMap", "jenkins-environment"]["data"]

    assert "set-by-platform" not in yaml.safe_dump(rendered)
    assert ("ConfigMap", "platform") not in rendered
    assert environment["SERVICE_REPOSITORY"] == settings["repository"]
    assert environment["JENKINS_ADDRESS"] == settings["jenkins"]
    assert environment["MAIL_TO"] == settings["mail-to"]


def test_addresses_are_whole_values_whatever_they_are(tmp_path: Path) -> None:
    for room in ("jenkins", "platform"):
        shutil.copytree(ROOT / room, tmp_path / room)
    file = tmp_path / "platform/platform.yaml"
    content = yaml.safe_load(file.read_text())
    content["data"] |= {
        "jenkins": "https://ci.company.test",
        "sonarqube": "https://quality.company.test/sonar",
        "sign-in": "https://company.okta.test/oauth2/aus1jenkins",
    }
    file.write_text(yaml.safe_dump(content))

    found = {(one["kind"], one["metadata"]["name"]): one for one in render(tmp_path / "jenkins")}

    environment = found["ConfigMap", "jenkins-environment"]["data"]
    assert environment["JENKINS_ADDRESS"] == "https://ci.company.test"
    assert environment["SONAR_ADDRESS"] == "https://quality.company.test/sonar"
    assert environment["OIDC_ISSUER"] == "https://company.okta.test/oauth2/aus1jenkins"
    for name in ("jenkins", "jenkins-webhook"):
        assert [rule["host"] for rule in found["Ingress", name]["spec"]["rules"]] == ["ci.company.test"]


def test_from_outside_nothing_but_the_webhook_can_be_asked(rendered: Resources) -> None:
    open_to = {
        name: [path["path"] for rule in one["spec"]["rules"] for path in rule["http"]["paths"]]
        for (kind, name), one in rendered.items()
        if kind == "Ingress" and one["metadata"]["annotations"]["alb.ingress.kubernetes.io/scheme"] != "internal"
    }

    assert open_to == {"jenkins-webhook": ["/github-webhook/"]}


def test_who_pushes_to_git_has_no_role_in_aws(rendered: Resources) -> None:
    roles = {
        name: "eks.amazonaws.com/role-arn" in one["metadata"].get("annotations", {})
        for (kind, name), one in rendered.items()
        if kind == "ServiceAccount" and one["metadata"]["namespace"] == "jenkins-delivery"
    }

    assert roles == {"image": True, "web": True, "tagbump": False}


@pytest.mark.parametrize("label", sorted(pods()))
def test_a_pod_runs_the_one_pinned_image_with_limits(label: str, rendered: Resources) -> None:
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


@pytest.mark.parametrize("cloud", clouds(), ids=lambda cloud: str(cloud["name"]))
def test_a_pods_account_is_there(cloud: dict[str, Any], namespaces: dict[str | None, Resources]) -> None:
    pods_of_it = [yaml.safe_load(template["yaml"]) for template in cloud["templates"]]
    named = {account for pod in pods_of_it if (account := pod["spec"].get("serviceAccountName"))}

    there = {name for kind, name in namespaces[cloud["namespace"]] if kind == "ServiceAccount"}

    assert named == there, "and none that no pod has"


def test_nobody_makes_pods_where_the_secrets_lie(namespaces: dict[str | None, Resources]) -> None:
    rules = [rule for (kind, _), one in namespaces["jenkins"].items() if kind == "Role" for rule in one["rules"]]

    assert [(rule["resources"], set(rule["verbs"])) for rule in rules] == [(["configmaps"], {"get", "list", "watch"})]
    assert not {kind for one in namespaces.values() for kind, _ in one} & {"ClusterRole", "ClusterRoleBinding"}
    assert VALUES["rbac"]["create"] is False, "the chart's Role lets the controller make pods in its own namespace"


@pytest.mark.parametrize("cloud", clouds(), ids=lambda cloud: str(cloud["name"]))
def test_a_cloud_makes_pods_in_a_namespace_of_its_own_and_nowhere_else(
    cloud: dict[str, Any], namespaces: dict[str | None, Resources]
) -> None:
    account = cloud["credentialsId"]
    bound = [
        (namespace, one["roleRef"]["name"])
        for namespace, resources in namespaces.items()
        for (kind, _), one in resources.items()
        if kind == "RoleBinding"
        and one["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": "jenkins"}]
    ]

    assert bound == [(cloud["namespace"], "pods")]
    assert cloud["namespace"] not in ("jenkins", *(one["namespace"] for one in clouds() if one is not cloud))
    assert {name for kind, name in namespaces[cloud["namespace"]] if kind == "RoleBinding"} == {"pods"}


@pytest.mark.parametrize("cloud", clouds(), ids=lambda cloud: str(cloud["name"]))
def test_a_cloud_is_asked_with_the_token_of_its_account_which_no_job_can_name(
    cloud: dict[str, Any], namespaces: dict[str | None, Resources]
) -> None:
    credential = credentials()[cloud["credentialsId"]]
    (variable,) = variables(credential["secret"])
    (certificate,) = variables(cloud["serverCertificate"])
    source = of_the_cluster()[variable]

    secret = namespaces["jenkins"]["Secret", source["name"]]

    assert credential["scope"] == "SYSTEM"
    assert (source["key"], of_the_cluster()[certificate]["key"]) == ("token", "ca.crt")
    assert secret["type"] == "kubernetes.io/service-account-token"
    assert secret["metadata"]["annotations"] == {"kubernetes.io/service-account.name": cloud["credentialsId"]}
    assert "data" not in secret


def test_roles_of_aws_and_secrets_are_out_of_reach_of_a_branch(namespaces: dict[str | None, Resources]) -> None:
    roles = {
        namespace
        for namespace, resources in namespaces.items()
        for one in resources.values()
        if "eks.amazonaws.com/role-arn" in one["metadata"].get("annotations", {})
    }
    (restricted,) = (cloud for cloud in clouds() if cloud.get("usageRestricted"))
    (everybodys,) = (cloud for cloud in clouds() if not cloud.get("usageRestricted"))

    assert roles == {restricted["namespace"]}
    assert not {kind for kind, _ in namespaces[everybodys["namespace"]]} & {"ServiceAccount", "Secret", "ConfigMap"}
    assert not {kind for kind, _ in namespaces[restricted["namespace"]]} & {"Secret", "ConfigMap"}


def test_a_branchs_pods_may_nothing_on_their_node(rendered: Resources) -> None:
    enforced = {
        name: one["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for (kind, name), one in rendered.items()
        if kind == "Namespace"
    }

    assert enforced == {"jenkins": "baseline", "jenkins-checks": "restricted", "jenkins-delivery": "privileged"}


def test_agents_are_the_pods_that_we_described_and_no_others(rendered: Resources) -> None:
    spec = rendered["ValidatingAdmissionPolicy", "jenkins-agents"]["spec"]
    (selected,) = spec["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    of_a_jenkinsfile, of_ours = (one["expression"] for one in spec["validations"])
    labels = {
        cloud["namespace"]: ", ".join(f"'{template['label']}'" for template in cloud["templates"]) for cloud in clouds()
    }

    assert spec["failurePolicy"] == "Fail"
    assert set(selected["values"]) == set(labels)
    assert "!('runUrl' in object.metadata.annotations)" in of_a_jenkinsfile
    assert (
        f"request.namespace == 'jenkins-checks' ? [{labels['jenkins-checks']}] : [{labels['jenkins-delivery']}]"
        in of_ours
    )
    assert rendered["ValidatingAdmissionPolicyBinding", "jenkins-agents"]["spec"] == {
        "policyName": "jenkins-agents",
        "validationActions": ["Deny"],
    }


@pytest.mark.parametrize("label", sorted(pods()))
def test_kubernetes_takes_the_pod(label: str) -> None:
    schema = SCHEMAS.place / file_name("", "v1", "Pod")
    if not schema.is_file():
        pytest.skip("left out: the schemas are not there; make checkers gets them")

    jsonschema.validate({"metadata": {}, **pods()[label]}, json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("cloud", clouds(), ids=lambda cloud: str(cloud["name"]))
def test_the_network_policy_holds_whatever_a_pod_says_of_itself(
    cloud: dict[str, Any], namespaces: dict[str | None, Resources]
) -> None:
    spec = namespaces[cloud["namespace"]]["NetworkPolicy", "agents"]["spec"]

    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in spec
    assert "169.254.169.254/32" in spec["egress"][0]["to"][0]["ipBlock"]["except"]


def test_tagbumps_account_gets_the_roles_of_argocd_access_and_no_more() -> None:
    ours, theirs = render(JENKINS / "access"), render(ROOT / "argocd/access")

    assert {one["kind"] for one in ours} == {"RoleBinding"}
    assert [(one["metadata"]["namespace"], one["roleRef"]) for one in ours] == [
        (one["metadata"]["namespace"], one["roleRef"]) for one in theirs if one["kind"] == "RoleBinding"
    ]
    account = {"kind": "ServiceAccount", "name": "tagbump", "namespace": "jenkins-delivery"}
    assert all(one["subjects"] == [account] for one in ours)


@pytest.mark.parametrize("image", ["agent", "controller"])
def test_an_image_is_built_from_bases_that_have_to_be_named(image: str) -> None:
    text = (JENKINS / image / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))

    assert all(re.fullmatch(r"\$\{\w+_IMAGE\}", base) for base in bases), "the caller pins it, by its digest"
    assert not [name for name in defaults if name.endswith("_IMAGE")]
    assert all(re.fullmatch(r"[\d.-]+", value) for name, value in defaults.items() if name.endswith("_VERSION"))


def test_the_chart_is_given_an_image_by_its_digest() -> None:
    assert DIGEST.search(VALUES["controller"]["image"]["tag"])


def test_the_pipeline_runs_one_released_tagbump() -> None:
    lines = [line for line in (JENKINS / "tagbump").read_text().splitlines() if not line.startswith("#")]

    assert len(lines) == 1
    assert re.fullmatch(r"[0-9a-f]{40}", lines[0])


def test_the_released_tagbump_is_of_this_history_and_has_all_that_the_pipeline_asks(tmp_path: Path) -> None:
    pin = (JENKINS / "tagbump").read_text().split()[-1]
    if _git("cat-file", "-e", f"{pin}^{{commit}}").returncode != 0 and _git_says_shallow():
        pytest.skip("left out: this clone has not the whole history, in which the pinned tagbump is looked for")
    assert _git("merge-base", "--is-ancestor", pin, "HEAD").returncode == 0

    (tmp_path / "tagbump.tar").write_bytes(_git("archive", pin, "tools/tagbump").stdout)
    shutil.unpack_archive(tmp_path / "tagbump.tar", tmp_path, filter="data")
    for verb, options in asked().items():
        said = subprocess.run(
            [sys.executable, "-m", "tagbump", verb, "--help"],
            env={"PYTHONPATH": str(tmp_path / "tools")}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert not [option for option in sorted(options) if not re.search(rf"{option}\b", said.stdout)], verb


def asked() -> dict[str, set[str]]:
    """Return what tools/pipeline asks of tagbump: the options of each verb."""
    found: dict[str, set[str]] = {"wait": {"--record"}}  # waiting.py hands it on
    for file in (ROOT / "tools/pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ask", "releasing.ask"):
                words = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found.setdefault(str(words[0]), set()).update(str(word) for word in words if str(word).startswith("--"))
    return found


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


def _git_says_shallow() -> bool:
    return _git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
