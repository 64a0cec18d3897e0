"""The load balancer's stand-in: what it makes of the Ingresses that k8s/ has, and of their weights."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.local.stand_ins.balancer import follow
from tests.manifests.rendering import ROOT, render

SERVE = ROOT / "infra/local/stand_ins/balancer/serve.sh"


@pytest.fixture(scope="module")
def rendered() -> list[dict[str, Any]]:
    return render(ROOT / "k8s/overlays/dev")


def ingress(rendered: list[dict[str, Any]], **weights: int) -> dict[str, Any]:
    """The Ingress of dev; with `weights`, as Argo Rollouts would have written them there."""
    (found,) = [json.loads(json.dumps(one)) for one in rendered if one["kind"] == "Ingress"]
    if weights:
        groups = [
            {"ServiceName": f"service-{name}", "ServicePort": "80", "Weight": weight}
            for name, weight in weights.items()
        ]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        found["metadata"]["annotations"][follow.ACTION + "service-root"] = json.dumps(action)
    return dict(found)


def services(rendered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The two Services, with addresses as a cluster gives them."""
    addresses = {"service-ping": "10.96.0.1", "service-pong": "10.96.0.2"}
    return [
        {**one, "spec": {"clusterIP": addresses[one["metadata"]["name"]]}}
        for one in rendered
        if one["kind"] == "Service"
    ]


def test_before_the_first_release_all_requests_go_to_ping(rendered: list[dict[str, Any]]) -> None:
    text = follow.configuration([ingress(rendered)], services(rendered))

    assert "split_clients $request_id $target_0 { * 10.96.0.1:80; }" in text
    assert "server_name service-dev.example.com; location / { proxy_pass http://$target_0; }" in text


def test_the_weights_are_those_that_argo_rollouts_wrote(rendered: list[dict[str, Any]]) -> None:
    text = follow.configuration([ingress(rendered, pong=5, ping=95)], services(rendered))

    assert "{ 5.00% 10.96.0.2:80; * 10.96.0.1:80; }" in text


def test_a_service_without_weight_gets_nothing(rendered: list[dict[str, Any]]) -> None:
    text = follow.configuration([ingress(rendered, ping=0, pong=100)], services(rendered))

    assert "{ * 10.96.0.2:80; }" in text
    assert "10.96.0.1" not in text


@pytest.mark.parametrize("there", [True, False])
def test_a_host_with_nothing_behind_it_answers_503(there: bool, rendered: list[dict[str, Any]]) -> None:
    weights = {"ping": 0, "pong": 0} if there else {"ping": 100}

    text = follow.configuration([ingress(rendered, **weights)], services(rendered) if there else [])

    assert "server_name service-dev.example.com; return 503;" in text


def test_each_environment_has_a_server_of_its_own(rendered: list[dict[str, Any]]) -> None:
    other = ingress(rendered)
    other["spec"]["rules"][0]["host"] = "service.example.com"

    text = follow.configuration([ingress(rendered), other], services(rendered))

    assert "server_name service-dev.example.com; location / { proxy_pass http://$target_0; }" in text
    assert "server_name service.example.com; location / { proxy_pass http://$target_1; }" in text


def test_serve_starts_with_the_file_and_reads_it_again_when_it_changes(tmp_path: Path) -> None:
    """With a program in the place of nginx, that keeps what it was told and ends when it is told to quit."""
    nginx = tmp_path / "nginx"
    nginx.write_text(
        f'#!/bin/sh\necho "$*" >>"{tmp_path}/log"\n'
        f'case "$*" in *daemon*) echo more >>"{tmp_path}/conf"; until [ -e "{tmp_path}/end" ]; do sleep 0.1; done ;;'
        f' "-s reload") touch "{tmp_path}/end" ;; esac\n'
    )
    nginx.chmod(0o755)
    (tmp_path / "conf").write_text("first\n")

    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["sh", SERVE, tmp_path / "conf"], env=env, check=True, timeout=60)

    assert (tmp_path / "log").read_text().splitlines() == ["-g daemon off;", "-s reload"]
