"""What NetworkPolicies let through, as Kubernetes defines it: both ends have to allow a connection."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.manifests.rendering import Resource


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod, or an address outside of the cluster."""

    namespace: str | None = None
    """The pod's; None for what is no pod."""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "203.0.113.7"


def pod(namespace: str, name: str) -> End:
    return End(namespace, {"app.kubernetes.io/name": name}, "100.64.0.9")


def connects(policies: Sequence[Resource], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether `source` reaches `port` of `target`."""
    return _allows(policies, source, target, "Egress", (protocol, port)) and _allows(
        policies, target, source, "Ingress", (protocol, port)
    )


def _allows(policies: Sequence[Resource], own: End, other: End, way: str, port: tuple[str, int]) -> bool:
    about = [
        one
        for one in policies
        if own.namespace == one["metadata"]["namespace"]
        and _selects(one["spec"]["podSelector"], own.labels)
        and way in one["spec"]["policyTypes"]
    ]
    peers = "to" if way == "Egress" else "from"
    rules = [(one, rule) for one in about for rule in one["spec"].get(way.lower(), [])]
    return not about or any(
        any((each["protocol"], each["port"]) == port for each in rule["ports"])
        and any(_is(peer, other, one["metadata"]["namespace"]) for peer in rule[peers])
        for one, rule in rules
    )


def _is(peer: Resource, end: End, home: str) -> bool:
    if "ipBlock" in peer:
        return end.namespace is None and ipaddress.ip_address(end.address) in ipaddress.ip_network(
            peer["ipBlock"]["cidr"]
        )
    if end.namespace is None:
        return False
    near = (
        _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": end.namespace})
        if "namespaceSelector" in peer
        else end.namespace == home
    )
    return near and _selects(peer.get("podSelector", {}), end.labels)


def _selects(selector: Resource, labels: Mapping[str, str]) -> bool:
    wanted = {key: [value] for key, value in selector.get("matchLabels", {}).items()}
    for term in selector.get("matchExpressions", []):
        assert term["operator"] == "In"
        wanted[term["key"]] = term["values"]
    return all(labels.get(key) in values for key, values in wanted.items())
