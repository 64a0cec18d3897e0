"""Writes an nginx configuration that follows Ingresses of class `alb`, as the AWS Load Balancer Controller would.

Of an Ingress it reads the host of each rule, and the Services that the action of its path / forwards to, with the
weights that Argo Rollouts writes there. Anything else is left out: it is as much as k8s/base/ingress.yaml needs.
"""

import json
import ssl
import sys
import time
import traceback
import urllib.request
from pathlib import Path
from typing import Any

API = "https://kubernetes.default.svc"
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
ACTION = "alb.ingress.kubernetes.io/actions."
INGRESSES = "/apis/networking.k8s.io/v1"
HEAD = """\
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_next_upstream off;
client_max_body_size 10m;
server { listen 8080 default_server; return 404; }
"""

Object = dict[str, Any]


def main(file: Path) -> None:
    """Keep `file` as the cluster has it, for ever. What goes wrong is logged, and tried again."""
    while True:
        try:
            ingresses = [one for one in items(f"{INGRESSES}/ingresses") if one["spec"].get("ingressClassName") == "alb"]
            text = configuration(ingresses, items("/api/v1/services"))
            if not file.exists() or file.read_text() != text:
                beside = file.with_suffix(".new")  # nginx reads *.conf: it never sees half a file
                beside.write_text(text)
                beside.replace(file)
            for ingress in ingresses:
                admit(ingress)
        except Exception:  # noqa: BLE001 - a stand-in that ended would take the way in along
            traceback.print_exc()
        time.sleep(1)


def configuration(ingresses: list[Object], services: list[Object]) -> str:
    """Return what nginx is to do: each request goes to one of the Services, as often as its weight says."""
    addresses = {(one["metadata"]["namespace"], one["metadata"]["name"]): one["spec"]["clusterIP"] for one in services}
    servers: list[str] = []
    for ingress in ingresses:
        namespace = ingress["metadata"]["namespace"]
        for rule in ingress["spec"]["rules"]:
            targets = [
                (f"{addresses[namespace, group['servicename']]}:{group['serviceport']}", group.get("weight", 1))
                for group in forwards(ingress, rule)
                if (namespace, group["servicename"]) in addresses
            ]
            servers.append(server(rule["host"], f"$target_{len(servers)}", [one for one in targets if one[1] > 0]))
    return HEAD + "".join(servers)


def forwards(ingress: Object, rule: Object) -> list[Object]:
    """Return the target groups of the action that `rule` names; keys in small letters, as AWS takes either."""
    name = rule["http"]["paths"][0]["backend"]["service"]["name"]
    text = ingress["metadata"].get("annotations", {}).get(ACTION + name, "{}")
    action = json.loads(text, object_hook=lambda pairs: {key.lower(): value for key, value in pairs.items()})
    groups: list[Object] = action.get("forwardconfig", {}).get("targetgroups", [])
    return groups


def server(host: str, variable: str, targets: list[tuple[str, int]]) -> str:
    """Return the server of one host: 503 where nothing is behind it, as an ALB answers."""
    if not targets:
        return f"server {{ listen 8080; server_name {host}; return 503; }}\n"
    total = sum(weight for _, weight in targets)
    *first, (last, _) = targets
    shares = "".join(f" {100 * weight / total:.2f}% {address};" for address, weight in first)
    return (
        f"split_clients $request_id {variable} {{{shares} * {last}; }}\n"
        f"server {{ listen 8080; server_name {host}; location / {{ proxy_pass http://{variable}; }} }}\n"
    )


def admit(ingress: Object) -> None:
    """Give the Ingress an address, which for Argo CD is what makes it healthy."""
    if not ingress.get("status", {}).get("loadBalancer", {}).get("ingress"):
        namespace, name = ingress["metadata"]["namespace"], ingress["metadata"]["name"]
        status = {"status": {"loadBalancer": {"ingress": [{"hostname": "balancer.stand-ins"}]}}}
        ask(f"{INGRESSES}/namespaces/{namespace}/ingresses/{name}/status", status)


def items(path: str) -> list[Object]:
    """Return the objects that a list has."""
    found: list[Object] = ask(path)["items"]
    return found


def ask(path: str, patch: Object | None = None) -> Object:
    """Return what the API answers to a GET, or to `patch`."""
    headers = {"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}"}  # read anew: it is replaced every hour
    body = None
    if patch is not None:
        headers["Content-Type"] = "application/merge-patch+json"
        body = json.dumps(patch).encode()
    request = urllib.request.Request(API + path, body, headers, method="PATCH" if body else "GET")  # noqa: S310 - API is https
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
        found: Object = json.load(answer)
        return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
