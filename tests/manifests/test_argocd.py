"""Argo CD deploys the overlays that tagbump promotes, and nothing it was not told to."""

from typing import Any

import pytest
import yaml

from tests.manifests.rendering import ENVIRONMENTS, ROOT, Overlay, Resource, render

# Made by controllers; Argo CD hides what its project does not name.
CHILDREN = {("", "Pod"), ("apps", "ReplicaSet"), ("argoproj.io", "AnalysisRun")}


@pytest.fixture
def policy() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "tagbump.yaml").read_text())
    assert isinstance(content, dict)
    return content


def named(resources: list[Resource], kind: str) -> dict[str, Resource]:
    return {one["metadata"]["name"]: one for one in resources if one["kind"] == kind}


def test_tagbump_knows_the_environments_in_the_order_of_their_overlays(policy: dict[str, Any]) -> None:
    environments = policy["environments"]

    assert tuple(environments) == ENVIRONMENTS
    assert [one.get("from") for one in environments.values()] == [None, *ENVIRONMENTS[:-1]]
    assert [one.get("approval") for one in environments.values()] == [None, "required", "four-eyes"]


def test_tagbump_and_every_overlay_name_the_same_image(policy: dict[str, Any], overlay: Overlay) -> None:
    (image,) = yaml.safe_load((overlay.folder / "kustomization.yaml").read_text())["images"]

    assert image["name"] == policy["image"]


def test_each_environment_of_tagbump_is_one_application_on_its_overlay(
    policy: dict[str, Any], argocd: list[Resource]
) -> None:
    applications = {
        f"{one['metadata']['namespace']}/{name}": (
            one["spec"]["source"]["path"],
            one["spec"]["source"]["targetRevision"],
        )
        for name, one in named(argocd, "Application").items()
    }

    assert applications == {
        one["application"]: (one["overlay"], policy["branch"]) for one in policy["environments"].values()
    }


def test_dev_deploys_by_itself_and_a_person_syncs_the_others(argocd: list[Resource]) -> None:
    automated = {name: one["spec"]["syncPolicy"].get("automated") for name, one in named(argocd, "Application").items()}

    assert automated == {
        "service-dev": {"prune": True, "selfHeal": True},
        "service-stage": None,
        "service-prod": None,
    }


def test_what_argo_rollouts_writes_into_the_ingress_is_left_to_it(argocd: list[Resource], overlay: Overlay) -> None:
    spec = named(argocd, "Application")[f"service-{overlay.name}"]["spec"]
    routing = overlay.one("Rollout")["spec"]["strategy"]["canary"]["trafficRouting"]["alb"]
    annotation = f"alb.ingress.kubernetes.io/actions.{routing['rootService']}"

    (ignored,) = spec["ignoreDifferences"]

    assert (ignored["kind"], ignored["name"]) == ("Ingress", routing["ingress"])
    assert ignored["jsonPointers"] == [f"/metadata/annotations/{annotation.replace('/', '~1')}"]
    assert annotation in overlay.one("Ingress")["metadata"]["annotations"]
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_each_application_deploys_into_the_namespace_that_its_overlay_renders(
    overlay: Overlay, argocd: list[Resource]
) -> None:
    spec = named(argocd, "Application")[f"service-{overlay.name}"]["spec"]

    assert {one["metadata"]["namespace"] for one in overlay.resources} == {spec["destination"]["namespace"]}
    assert spec["syncPolicy"]["managedNamespaceMetadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
    }


def test_a_project_allows_the_kinds_that_are_rendered_and_no_more(
    overlays: dict[str, Overlay], argocd: list[Resource]
) -> None:
    rendered: dict[str, set[tuple[str, str]]] = {}
    for name, application in named(argocd, "Application").items():
        overlay = overlays[name.removeprefix("service-")]
        kinds = {(group(one), one["kind"]) for one in overlay.resources}
        rendered.setdefault(application["spec"]["project"], set(CHILDREN)).update(kinds)

    for name, project in named(argocd, "AppProject").items():
        allowed = {(one["group"], one["kind"]) for one in project["spec"]["namespaceResourceWhitelist"]}
        assert allowed == rendered[name], name
        assert project["spec"]["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]


def test_a_project_allows_the_namespaces_of_its_applications_and_no_more(argocd: list[Resource]) -> None:
    used: dict[str, list[Resource]] = {}
    for one in named(argocd, "Application").values():
        used.setdefault(one["spec"]["project"], []).append(one["spec"]["destination"])

    projects = {name: one["spec"]["destinations"] for name, one in named(argocd, "AppProject").items()}

    assert {name: sorted(map(str, places)) for name, places in projects.items()} == {
        name: sorted(map(str, places)) for name, places in used.items()
    }
    assert projects["prod"] == [{"server": "https://kubernetes.default.svc", "namespace": "service-prod"}]


def test_everything_is_deployed_from_the_repository_of_the_platform(argocd: list[Resource]) -> None:
    address = yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"]["repository"]
    everything = [*argocd, *render(ROOT / "argocd/bootstrap")]

    for one in everything:
        spec = one["spec"]
        assert address in [spec.get("source", {}).get("repoURL"), *spec.get("sourceRepos", [])], one["metadata"]["name"]
        assert len(spec.get("sourceRepos", [])) <= 1


def test_the_root_deploys_every_project_and_application_but_itself() -> None:
    (root,) = named(render(ROOT / "argocd/bootstrap"), "Application").values()

    deployed = render(ROOT / root["spec"]["source"]["path"])

    assert {one["kind"] for one in deployed} == {"AppProject", "Application"}
    assert root["metadata"]["name"] not in named(deployed, "Application")
    assert root["spec"]["project"] not in named(deployed, "AppProject")
    assert root["spec"]["syncPolicy"]["automated"]["prune"] is False


def test_projects_come_before_the_applications_that_name_them(argocd: list[Resource]) -> None:
    waves = {name: one["metadata"]["annotations"] for name, one in named(argocd, "AppProject").items()}

    assert set(waves) == {one["spec"]["project"] for one in named(argocd, "Application").values()}
    assert all(one["argocd.argoproj.io/sync-wave"] == "-1" for one in waves.values())


def group(resource: Resource) -> str:
    """Return the API group, which is empty for the core."""
    before, slash, _ = str(resource["apiVersion"]).partition("/")
    return before if slash else ""
