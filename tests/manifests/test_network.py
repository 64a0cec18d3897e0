"""Who may speak to whom: what the service and its Jobs need, and nothing else."""

import ipaddress

import pytest

from tests.manifests.network import End, connects, pod
from tests.manifests.rendering import Overlay, Resource
from tests.manifests.test_platform import values


def inside(name: str) -> End:
    """Return an address in a block of the installation: the one in its middle."""
    block = ipaddress.ip_network(values()[name])
    return End(address=str(block[block.num_addresses // 2]))


JOBS = ("service-smoke", "service-traffic")
LOAD_BALANCER, DATABASE, INTERNET = inside("load-balancer-subnets"), inside("database-subnets"), End()
NODE_LOCAL_DNS = inside("dns")
CLUSTER_DNS = End("kube-system", {"k8s-app": "kube-dns"})
OURS = ("service", "service-migrate", *JOBS)


def here(overlay: Overlay, name: str) -> End:
    return pod(f"service-{overlay.name}", name)


@pytest.fixture
def policies(overlay: Overlay) -> list[Resource]:
    return overlay.all("NetworkPolicy")


def test_every_pod_is_denied_both_ways_by_default(overlay: Overlay, policies: list[Resource]) -> None:
    deny = overlay.named("NetworkPolicy", "default-deny")["spec"]

    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert all(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "-3" for one in policies)


def test_the_load_balancer_prometheus_and_the_jobs_of_a_release_reach_the_service(
    overlay: Overlay, policies: list[Resource]
) -> None:
    service = here(overlay, "service")
    sources = [LOAD_BALANCER, pod("monitoring", "prometheus"), *(here(overlay, job) for job in JOBS)]

    assert [connects(policies, source, service, 8080) for source in sources] == [True] * 4


def test_nobody_else_reaches_it_and_they_reach_nothing_else(overlay: Overlay, policies: list[Resource]) -> None:
    service = here(overlay, "service")
    strangers = [
        INTERNET,
        DATABASE,
        pod("default", "anything"),
        pod("service-other", "service-smoke"),
        here(overlay, "anything"),
        here(overlay, "service"),
        here(overlay, "service-migrate"),
    ]

    assert [connects(policies, source, service, 8080) for source in strangers] == [False] * 7
    assert not connects(policies, LOAD_BALANCER, service, 8081)
    assert not connects(policies, LOAD_BALANCER, here(overlay, "anything"), 8080)


def test_the_service_and_its_migration_reach_the_database_and_jobs_do_not(
    overlay: Overlay, policies: list[Resource]
) -> None:
    reaching = {name: connects(policies, here(overlay, name), DATABASE, 5432) for name in OURS}

    assert reaching == {"service": True, "service-migrate": True, "service-smoke": False, "service-traffic": False}


@pytest.mark.parametrize("name", OURS)
def test_every_pod_asks_for_names_and_goes_nowhere_else(name: str, overlay: Overlay, policies: list[Resource]) -> None:
    source = here(overlay, name)

    for resolver in (CLUSTER_DNS, NODE_LOCAL_DNS):
        assert connects(policies, source, resolver, 53, "UDP")
        assert connects(policies, source, resolver, 53)
    for port in (53, 80, 443):
        assert not connects(policies, source, INTERNET, port)
        assert not connects(policies, source, pod("kube-system", "anything"), port)
    assert not connects(policies, source, DATABASE, 22)
    assert not connects(policies, source, End(address="169.254.169.254"), 80)  # the node's credentials


def test_policies_speak_of_the_port_and_the_pods_that_there_are(overlay: Overlay, policies: list[Resource]) -> None:
    (port,) = overlay.service()["ports"]
    inward = [each for one in policies for rule in one["spec"].get("ingress", []) for each in rule["ports"]]
    names = {template["metadata"]["labels"]["app.kubernetes.io/name"] for _, template in overlay.pods()}

    assert {each["port"] for each in inward} == {port["containerPort"]}
    assert {"service", "service-migrate", "service-smoke"} <= names <= set(OURS)
