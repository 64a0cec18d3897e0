"""What a cluster says of a rollout, asked with the real client at an API server that tells what a test has it tell."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.tagbump.world import World, artifact

POLICY = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
APPLICATION = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/service-dev"
ROLLOUT = "/apis/argoproj.io/v1alpha1/namespaces/service-dev/rollouts/service"


def application(*, operation: str = "Succeeded", health: str = "Healthy") -> dict[str, Any]:
    rollout = {"group": "argoproj.io", "kind": "Rollout", "namespace": "service-dev", "name": "service"}
    status = {"operationState": {"phase": operation}, "health": {"status": health}, "resources": [rollout]}
    return {"kind": "Application", "status": status}


def rollout(phase: str) -> dict[str, Any]:
    return {"kind": "Rollout", "status": {"phase": phase}}


class Cluster:
    """An API server: `objects` by path; what is not among them is 404, and with `status` set everything is that."""

    def __init__(self, folder: Path) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.status: int | None = None
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = cluster.objects.get(self.path)
                self.send_response(cluster.status or (200 if found else 404))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(found or {"kind": "Status"}).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.config = folder / "kubeconfig"
        server = f"http://127.0.0.1:{self.server.server_port}"
        self.config.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "users": [{"name": "u", "user": {"token": "t"}}],
                    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                    "current-context": "x",
                }
            )
        )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    told = Cluster(tmp_path)
    thread = threading.Thread(target=told.server.serve_forever, daemon=True)
    thread.start()
    yield told
    told.server.shutdown()
    told.server.server_close()
    thread.join()


@pytest.fixture
def deployed(world_with: Callable[[str], World], cluster: Cluster) -> World:
    """dev is deployed by Argo CD, and the cluster is at hand."""
    world = world_with(POLICY)
    world.env["KUBECONFIG"] = str(cluster.config)
    return world


@pytest.mark.parametrize(
    ("operation", "health", "phase"),
    [
        ("Running", "Healthy", "Healthy"),
        ("Terminating", "Healthy", "Healthy"),
        ("Succeeded", "Progressing", "Healthy"),
        ("Succeeded", "Suspended", "Paused"),
        ("Succeeded", "Healthy", "Progressing"),
    ],
)
def test_a_release_is_refused_while_a_rollout_is_under_way(
    deployed: World, cluster: Cluster, operation: str, health: str, phase: str
) -> None:
    cluster.objects = {APPLICATION: application(operation=operation, health=health), ROLLOUT: rollout(phase)}

    outcome = deployed.json("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert (outcome.code, outcome.kind) == (3, "progressing")


@pytest.mark.parametrize(("health", "phase"), [("Healthy", "Healthy"), ("Degraded", "Degraded")])
def test_a_release_is_made_when_none_is_under_way(deployed: World, cluster: Cluster, health: str, phase: str) -> None:
    cluster.objects = {APPLICATION: application(health=health), ROLLOUT: rollout(phase)}

    deployed.done("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert "Not-judged" not in deployed.message()


@pytest.mark.parametrize("status", [401, 403, 500, None])
def test_a_cluster_that_does_not_tell_is_said_in_the_release(
    deployed: World, cluster: Cluster, status: int | None
) -> None:
    cluster.status = status

    deployed.done("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert "Not-judged: progressing (no cluster answered)" in deployed.message()


@pytest.mark.parametrize("text", ["", "clusters: [", "{}"])
def test_a_broken_kubeconfig_is_no_cluster(deployed: World, cluster: Cluster, text: str) -> None:
    cluster.config.write_text(text)

    deployed.done("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert "Not-judged" in deployed.message()
