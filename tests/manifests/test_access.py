"""The account that CI asks the cluster with sees what `tagbump wait` reads, and nothing else."""

from typing import Any, Final

import pytest
import yaml

from tests.manifests.rendering import ENVIRONMENTS, ROOT, Resource, render

READ: Final = {
    ("argoproj.io", "rollouts"), ("argoproj.io", "analysisruns"), ("apps", "replicasets"), ("", "pods"),
}  # fmt: skip


@pytest.fixture(scope="module")
def access() -> list[Resource]:
    return render(ROOT / "argocd/access")


def of_kind(resources: list[Resource], kind: str) -> dict[str, Resource]:
    """Return the resources of a kind, by their namespaces."""
    return {one["metadata"]["namespace"]: one for one in resources if one["kind"] == kind}


def test_roles_permit_to_list_and_to_watch_and_nothing_else(access: list[Resource]) -> None:
    rules = [rule for role in of_kind(access, "Role").values() for rule in role["rules"]]

    assert rules
    assert {one["kind"] for one in access} == {"ServiceAccount", "Role", "RoleBinding"}  # nothing cluster-wide
    for rule in rules:
        assert set(rule["verbs"]) == {"list", "watch"}
        assert "*" not in rule["apiGroups"] + rule["resources"]


def test_of_argo_cd_it_sees_the_applications_that_tagbump_knows(access: list[Resource]) -> None:
    policy: dict[str, Any] = yaml.safe_load((ROOT / "tagbump.yaml").read_text())
    named = [environment["application"] for environment in policy["environments"].values()]

    (rule,) = of_kind(access, "Role")["argocd"]["rules"]

    assert (rule["apiGroups"], rule["resources"]) == (["argoproj.io"], ["applications"])
    assert [f"argocd/{name}" for name in rule["resourceNames"]] == named


def test_in_each_environment_it_sees_what_wait_reads(access: list[Resource]) -> None:
    roles = of_kind(access, "Role")
    seen = {
        namespace: {(group, resource) for r in role["rules"] for group in r["apiGroups"] for resource in r["resources"]}
        for namespace, role in roles.items()
        if namespace != "argocd"
    }

    assert seen == {f"service-{name}": READ for name in ENVIRONMENTS}


def test_each_role_is_bound_to_the_account_and_to_nobody_else(access: list[Resource]) -> None:
    (account,) = of_kind(access, "ServiceAccount").values()
    bindings, roles = of_kind(access, "RoleBinding"), of_kind(access, "Role")

    subject = {"kind": "ServiceAccount", "name": account["metadata"]["name"], "namespace": "argocd"}
    assert bindings.keys() == roles.keys()
    for namespace, binding in bindings.items():
        assert binding["subjects"] == [subject]
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (
            "Role",
            roles[namespace]["metadata"]["name"],
        )
