"""tagbump status asks the cluster at hand how rollouts stand, and is as good a board without one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tagbump import cluster as room
from tests.tagbump import clusters
from tests.tagbump.apiserver import ApiServer, running
from tests.tagbump.clusters import Objects, live, put
from tests.tagbump.world import World, copy_world, make_world

NAMES: Final = ("dev", "stage", "prod")
POLICY: Final = """\
image: service
environments:
  dev:   {overlay: k8s/overlays/dev, application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, application: argocd/service-stage}
  prod:  {overlay: k8s/overlays/prod}
"""


def both(tag: str = "1.0.0") -> Objects:
    """The cluster of dev, and the same for stage: another Application that deploys the same namespace."""
    objects = live(tag)
    twin = put(objects, "applications.0.metadata.name", "service-stage")["applications"]
    return {**objects, "applications": [*objects["applications"], *twin]}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ApiServer]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `deployed` is copied from. Not to be written to."""
    return make_world(tmp_path_factory.mktemp("status"), POLICY)


@pytest.fixture
def deployed(template: World, tmp_path: Path, cluster: ApiServer) -> World:
    """dev and stage are deployed by Argo CD, prod is not, and the cluster is at hand."""
    world = copy_world(template, tmp_path / "world")
    world.env["KUBECONFIG"] = str(cluster.config)
    return world


def rollouts(world: World) -> dict[str, Any]:
    return {one["name"]: one["rollout"] for one in world.done("status").document["environments"]}


def test_each_environment_says_how_its_rollout_stands(deployed: World, cluster: ApiServer) -> None:
    cluster.serve(put(both(), "applications.1.status.health.status", "Progressing"))

    assert rollouts(deployed) == {
        "dev": {"state": "healthy", "detail": "Synced, Healthy"},
        "stage": {"state": "rolling-out", "detail": "Synced, Progressing"},
        "prod": None,
    }


def test_the_board_says_so_in_words_and_on_the_page(deployed: World, cluster: ApiServer, tmp_path: Path) -> None:
    cluster.serve(put(both(), "applications.1.status.health.status", "Degraded"))

    shown = deployed.run("status", "--html", str(tmp_path / "board.html")).stdout

    assert "rollout      Synced, Healthy\n" in shown
    assert "stage  1.0.0  [not proven] [failed]\n" in shown
    assert "rollout      failed\n               Synced, Degraded\n" in shown
    assert "Synced, Degraded" in (tmp_path / "board.html").read_text(encoding="utf-8")


def test_where_no_cluster_is_at_hand_nothing_is_shown_and_nothing_imported(deployed: World, tmp_path: Path) -> None:
    poison = tmp_path / "poison" / "kubernetes"
    poison.mkdir(parents=True)
    (poison / "__init__.py").write_text("raise RuntimeError('nobody is to import this')\n")
    deployed.env |= {"KUBECONFIG": str(tmp_path / "none"), "PYTHONPATH": str(poison.parent)}

    assert rollouts(deployed) == dict.fromkeys(NAMES)
    assert "rollout" not in deployed.run("status").stdout


def test_a_cluster_that_says_no_makes_it_unknown(deployed: World, cluster: ApiServer) -> None:
    cluster.status = 403

    assert rollouts(deployed)["dev"] == {
        "state": "unknown",
        "detail": "applications service-dev in the namespace argocd: the cluster does not permit it (403)",
    }


def test_a_cluster_that_is_gone_makes_it_unknown(deployed: World, cluster: ApiServer) -> None:
    cluster.down()

    found = rollouts(deployed)["stage"]

    assert found["state"] == "unknown"
    assert found["detail"].startswith("the cluster does not answer: ")


@pytest.mark.parametrize("text", ["", "clusters: ["])
def test_a_kubeconfig_that_is_broken_makes_it_unknown(deployed: World, cluster: ApiServer, text: str) -> None:
    cluster.config.write_text(text)

    found = rollouts(deployed)["dev"]

    assert found["state"] == "unknown"
    assert "can't be used: " in found["detail"]


def test_a_cluster_that_says_nothing_is_given_up_on(deployed: World, cluster: ApiServer) -> None:
    cluster.silent = True  # for 20 seconds a question
    begun = time.monotonic()

    found = rollouts(deployed)

    assert time.monotonic() - begun < 15
    unknown = {"state": "unknown", "detail": "no answer within 2.5s"}
    assert found == {"dev": unknown, "stage": unknown, "prod": None}


def test_signing_in_is_part_of_the_time_that_a_cluster_has(deployed: World, cluster: ApiServer) -> None:
    config = json.loads(cluster.config.read_text())
    asks = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["60"]}
    config["users"] = [{"name": "u", "user": {"exec": {**asks, "interactiveMode": "Never"}}}]
    cluster.config.write_text(json.dumps(config))
    begun = time.monotonic()

    found = rollouts(deployed)

    assert time.monotonic() - begun < 30
    assert found["dev"] == {"state": "unknown", "detail": "no answer within 2.5s"}


@pytest.fixture
def here(cluster: ApiServer, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    """The cluster, at hand for the functions of the room."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.config))
    return cluster


def test_what_was_told_in_time_is_kept_where_the_rest_is_not(here: ApiServer) -> None:
    here.serve(both())
    here.silent_for = "service-stage"

    found = room.look(["argocd/service-dev", "argocd/service-stage"], seconds=3)

    seen = found["argocd/service-dev"]
    assert not isinstance(seen, str)
    assert seen.application is not None
    assert isinstance(found["argocd/service-stage"], str)


def test_an_application_is_asked_for_once_for_all_that_share_it(here: ApiServer) -> None:
    here.serve(live())

    room.look([clusters.NAME, clusters.NAME], seconds=10)

    assert here.asked == ["list applications", "list rollouts"]


def test_a_dozen_applications_are_all_looked_at(here: ApiServer) -> None:
    here.serve(live())

    found = room.look([f"argocd/service-{number}" for number in range(12)], seconds=10)

    assert [isinstance(seen, str) for seen in found.values()] == [False] * 12
    assert here.asked.count("list applications") == 12


def test_workloads_of_another_cluster_are_not_looked_for_in_this_one(here: ApiServer) -> None:
    objects = put(live(), "applications.0.spec.destination.server", "https://elsewhere.example.com")
    here.serve(put(objects, "rollouts.0.status.phase", "Degraded"))

    seen = room.look([clusters.NAME], seconds=10)[clusters.NAME]

    assert not isinstance(seen, str)
    assert seen.workloads == ()
