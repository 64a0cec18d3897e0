"""What a cluster says of a rollout that may be under way: for the rule `progressing`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tagbump import cluster as room
from tests.tagbump import clusters
from tests.tagbump.apiserver import ApiServer, running
from tests.tagbump.clusters import DELETED, Objects, live, put
from tests.tagbump.world import World, artifact, copy_world, make_world

POLICY: Final = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
STATUS: Final = "applications.0.status"
ROLLOUT: Final = "rollouts.0.status"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ApiServer]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def deployed_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `deployed` is copied from. Not to be written to."""
    return make_world(tmp_path_factory.mktemp("deployed"), POLICY)


@pytest.fixture
def deployed(deployed_template: World, tmp_path: Path, cluster: ApiServer) -> World:
    """dev is deployed by Argo CD, and the cluster is at hand."""
    world = copy_world(deployed_template, tmp_path / "world")
    world.env["KUBECONFIG"] = str(cluster.config)
    return world


@pytest.fixture
def here(cluster: ApiServer, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    """The cluster, at hand for the functions of the room."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.config))
    return cluster


UNDER_WAY: Final[list[tuple[str, Any]]] = [
    (f"{STATUS}.operationState.phase", "Running"),
    (f"{STATUS}.operationState.phase", "Terminating"),
    ("applications.0.operation", {"sync": {}}),
    (f"{STATUS}.health.status", "Progressing"),
    (f"{STATUS}.health.status", "Suspended"),
    (f"{ROLLOUT}.phase", "Progressing"),
    (f"{ROLLOUT}.pauseConditions", [{"reason": "CanaryPauseStep"}]),
    (f"{ROLLOUT}.observedGeneration", "3"),
]


AVAILABLE: Final = put(
    clusters.deployed_by_deployment("1.0.0"), "deployments.0.status.conditions.0.reason", "NewReplicaSetAvailable"
)


def scaled(objects: Objects, plural: str) -> Objects:
    """Have an autoscaler ask for two pods more, which are not there yet."""
    objects = put(objects, f"{plural}.0.spec.replicas", 4)
    objects = put(objects, f"{plural}.0.status.phase", "Progressing")
    return put(objects, f"{STATUS}.health.status", "Progressing")


@pytest.mark.parametrize(("path", "value"), UNDER_WAY, ids=str)
def test_a_rollout_under_way_is_seen(here: ApiServer, path: str, value: Any) -> None:
    here.serve(put(live("1.0.0"), path, value))

    assert room.progressing(clusters.NAME) is True


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(live("1.0.0"), id="all is well"),
        pytest.param(put(live("1.0.0"), f"{STATUS}.health.status", "Degraded"), id="Degraded"),
        pytest.param(put(put(live("1.0.0"), f"{ROLLOUT}.abort", True), f"{ROLLOUT}.phase", "Degraded"), id="aborted"),
        pytest.param(put(live("1.0.0"), f"{STATUS}.sync.status", "OutOfSync"), id="OutOfSync"),
        pytest.param(put(live("1.0.0"), STATUS, DELETED), id="no status yet"),
        pytest.param(clusters.deployed_by_deployment("1.0.0"), id="a Deployment"),
        pytest.param(put(live("1.0.0"), f"{STATUS}.resources", []), id="nothing deployed"),
        pytest.param(scaled(live("1.0.0"), "rollouts"), id="scaled"),
        pytest.param(scaled(AVAILABLE, "deployments"), id="a Deployment that is scaled"),
    ],
)
def test_what_stands_still_is_not_under_way(here: ApiServer, objects: Objects) -> None:
    here.serve(objects)

    assert room.progressing(clusters.NAME) is False


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{ROLLOUT}.stableRS", clusters.OLD_HASH),
        (f"{ROLLOUT}.currentStepIndex", 2),
        (f"{ROLLOUT}.canary", {"weights": {"stable": {"podTemplateHash": clusters.OLD_HASH, "weight": 100}}}),
        (f"{STATUS}.operationState.phase", "Running"),
        (f"{STATUS}.health.status", "Suspended"),
    ],
    ids=str,
)
def test_a_rollout_that_is_scaled_meanwhile_is_still_under_way(here: ApiServer, path: str, value: Any) -> None:
    here.serve(put(scaled(live("1.0.0"), "rollouts"), path, value))

    assert room.progressing(clusters.NAME) is True


def test_a_deployment_under_way_is_seen(here: ApiServer) -> None:
    here.serve(put(clusters.deployed_by_deployment("1.0.0"), "deployments.0.status.updatedReplicas", 1))

    assert room.progressing(clusters.NAME) is True


def test_a_release_is_refused_while_a_rollout_is_under_way(deployed: World, cluster: ApiServer) -> None:
    cluster.serve(put(live("1.0.0"), f"{ROLLOUT}.phase", "Progressing"))

    outcome = deployed.json("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert (outcome.code, outcome.kind) == (3, "progressing")


def test_a_release_is_made_when_none_is_under_way(deployed: World, cluster: ApiServer) -> None:
    cluster.serve(live("1.0.0"))

    deployed.done("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert "Not-judged" not in deployed.message()


def test_a_cluster_that_does_not_tell_is_said_in_the_release(deployed: World, cluster: ApiServer) -> None:
    cluster.status = 403

    deployed.done("bump", "dev", artifact("1.1.0"), "--source", deployed.head())

    assert "Not-judged: progressing (no cluster answered)" in deployed.message()


@pytest.mark.parametrize(
    ("status", "words"), [(401, "{}"), (403, "{}"), (404, "{}"), (500, "{}"), (200, "<html>"), (200, "[]"), (302, "")]
)
def test_a_cluster_that_does_not_tell_is_none(here: ApiServer, status: int, words: str) -> None:
    here.status, here.words = status, words

    assert room.progressing(clusters.NAME) is None


@pytest.mark.parametrize("text", ["", "clusters: [", "{}", "current-context: x", "[]", "x"])
def test_a_broken_kubeconfig_is_no_cluster(here: ApiServer, text: str) -> None:
    here.config.write_text(text)

    assert room.progressing(clusters.NAME) is None


def test_no_kubeconfig_and_no_pod_is_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    assert room.progressing(clusters.NAME) is None


def test_several_kubeconfigs_are_read_as_kubectl_reads_them(
    here: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "none"), str(here.config)]))
    here.serve(live("1.0.0"))

    assert room.progressing(clusters.NAME) is False


@pytest.mark.parametrize("name", ["argocd/none", "elsewhere/service-dev"])
def test_an_application_that_is_not_there_is_not_judged(here: ApiServer, name: str) -> None:
    here.serve(live("1.0.0"))

    assert room.progressing(name) is None


def test_a_cluster_that_is_away_is_asked_once(here: ApiServer) -> None:
    here.status = 500

    assert room.progressing(clusters.NAME) is None
    assert here.asked == ["list applications"]
