"""The way in: TLS and nothing else, healthy pods alone, and a connection that outlives nobody."""

import json
import re

from tests.manifests.rendering import ROOT, Overlay
from tests.manifests.test_platform import values

PREFIX = "alb.ingress.kubernetes.io/"


def settings(overlay: Overlay) -> dict[str, str]:
    """The annotations for the load balancer, without what they have in common."""
    annotations = overlay.one("Ingress")["metadata"]["annotations"]
    return {name.removeprefix(PREFIX): value for name, value in annotations.items() if name.startswith(PREFIX)}


def attributes(overlay: Overlay, of: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in settings(overlay)[of].split(","))


def test_each_environment_has_a_host_of_its_own(overlays: dict[str, Overlay]) -> None:
    hosts = {name: [rule["host"] for rule in one.one("Ingress")["spec"]["rules"]] for name, one in overlays.items()}

    domain = values()["domain"]
    assert hosts == {
        "dev": [f"service-dev.{domain}"],
        "stage": [f"service-stage.{domain}"],
        "prod": [f"service.{domain}"],
    }


def test_none_is_open_to_the_internet_as_whoever_reaches_it_can_write(overlay: Overlay) -> None:
    assert settings(overlay)["scheme"] == "internal"


def test_plain_http_is_sent_on_to_tls_with_our_certificate(overlay: Overlay) -> None:
    said = settings(overlay)

    assert json.loads(said["listen-ports"]) == [{"HTTP": 80}, {"HTTPS": 443}]
    assert said["ssl-redirect"] == "443"
    own = values()
    assert said["certificate-arn"] == (f"arn:aws:acm:{own['region']}:{own['account']}:certificate/{own['certificate']}")
    assert said["ssl-policy"].startswith("ELBSecurityPolicy-TLS13-1-2-")


def test_the_firewall_stands_before_it_and_its_requests_are_logged(overlay: Overlay) -> None:
    own = values()

    assert settings(overlay)["wafv2-acl-arn"] == (
        f"arn:aws:wafv2:{own['region']}:{own['account']}:regional/webacl/{own['web-acl']}"
    )
    logging = attributes(overlay, "load-balancer-attributes")
    assert logging["access_logs.s3.enabled"] == "true"
    assert logging["access_logs.s3.bucket"] == own["access-logs"]
    assert logging["deletion_protection.enabled"] == "true"


def test_the_load_balancer_asks_what_the_readiness_probe_asks(overlay: Overlay) -> None:
    said = settings(overlay)

    assert said["target-type"] == "ip"
    assert said["healthcheck-path"] == overlay.service()["readinessProbe"]["httpGet"]["path"]
    assert int(said["healthcheck-timeout-seconds"]) >= overlay.service()["readinessProbe"]["timeoutSeconds"]


def test_a_pod_closes_no_connection_that_the_load_balancer_still_uses(overlay: Overlay) -> None:
    gunicorn = (ROOT / "service/gunicorn.conf.py").read_text()
    (keepalive_s,) = re.findall(r"^keepalive = (\d+)$", gunicorn, re.MULTILINE)
    pre_stop_s = overlay.service()["lifecycle"]["preStop"]["sleep"]["seconds"]

    idle_s = int(attributes(overlay, "load-balancer-attributes")["idle_timeout.timeout_seconds"])
    deregistration_s = int(attributes(overlay, "target-group-attributes")["deregistration_delay.timeout_seconds"])

    assert idle_s < int(keepalive_s)
    assert deregistration_s <= pre_stop_s


def test_the_first_requests_go_to_a_service_that_is_there(overlay: Overlay) -> None:
    (rule,) = overlay.one("Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]

    (target,) = json.loads(settings(overlay)[f"actions.{backend['name']}"])["ForwardConfig"]["TargetGroups"]

    assert (path["path"], path["pathType"], backend["port"]) == ("/", "Prefix", {"name": "use-annotation"})
    service = overlay.named("Service", target["ServiceName"])
    assert [str(port["port"]) for port in service["spec"]["ports"]] == [target["ServicePort"]]
    assert target["Weight"] == 100


def test_the_service_believes_whom_the_network_lets_in_as_load_balancer(overlay: Overlay) -> None:
    (rule,) = overlay.named("NetworkPolicy", "load-balancer")["spec"]["ingress"]

    assert [{"ipBlock": {"cidr": overlay.one("ConfigMap")["data"]["TRUSTED_PROXIES"]}}] == rule["from"]
