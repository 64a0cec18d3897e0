"""tagbump wait, on a cluster's word: a real client, and an API server that tells what a test has it tell."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.tagbump.apiserver import ApiServer, running
from tests.tagbump.clusters import Objects, live, put
from tests.tagbump.services import Service
from tests.tagbump.waiting import Begin, Waiting
from tests.tagbump.world import World, artifact, copy_world, digest_of, make_world

POLICY: Final = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
UNHEALTHY: Final = "--- waiting for the Application to be healthy"
SHORT: Final = "6s"  # enough to start, to read everything and to say it, also on a machine with much to do
CHECKS: Final = ["application", "revision", "overlay", "synced", "reconciled", "healthy", "rollout", "analysis", "pods"]
STATUS: Final = "applications.0.status"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ApiServer]:
    """An API server that has nothing yet."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def deployed_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from. Not to be written to."""
    world = make_world(tmp_path_factory.mktemp("deployed"), POLICY)
    world.bump("1.1.0")
    return world


@pytest.fixture
def world(deployed_template: World, cluster: ApiServer, tmp_path: Path) -> World:
    """dev is deployed by Argo CD, and the cluster is at hand; its release is the head of the branch."""
    world = copy_world(deployed_template, tmp_path / "world")
    world.env["KUBECONFIG"] = str(cluster.config)
    return world


@pytest.fixture
def objects(world: World) -> Objects:
    """A cluster in which the release is live."""
    return live("1.1.0", world.head())


@pytest.fixture
def waiting(world: World) -> Iterator[Begin]:
    """Begins to wait for dev, and stops when the test is over."""
    begun: list[Waiting] = []

    def begin(*more: str) -> Waiting:
        begun.append(Waiting(world, "dev", *more))
        return begun[-1]

    yield begin
    for run in begun:
        run.stop()


def test_wait_returns_when_the_cluster_says_all_and_records_it(
    world: World, cluster: ApiServer, objects: Objects
) -> None:
    cluster.serve(objects)

    document = world.done("wait", "dev", "--record").document

    assert [(check["name"], check["ok"]) for check in document["checks"]] == [(name, True) for name in CHECKS]
    name = f"proof/dev/{digest_of('1.1.0').removeprefix('sha256:')[:12]}"
    said = world.git("tag", "--list", "--format=%(contents)", name, cwd=world.remote)
    assert f"\nRelease: {world.head()}\n" in said
    assert f"\nChecks: {', '.join(CHECKS)}\n" in said
    assert cluster.tokens == {"Bearer the-token"}


def test_a_later_commit_that_contains_the_release_is_as_good(
    world: World, cluster: ApiServer, objects: Objects
) -> None:
    later = world.commit("docs: the branch moves on")
    cluster.serve(put(objects, f"{STATUS}.sync.revision", later))

    assert world.done("wait", "dev", "--timeout", "20s").document["ok"] is True


@pytest.mark.parametrize(
    ("revision", "words"),
    [("main~1", "which does not contain the release"), ("0" * 40, "which is not to be had"), ("x", "not to be had")],
)
def test_a_revision_without_the_release_is_not_live(
    world: World, cluster: ApiServer, waiting: Begin, revision: str, words: str
) -> None:
    name = world.git("rev-parse", revision).strip() if revision == "main~1" else revision
    cluster.serve(put(live("1.1.0", world.head()), f"{STATUS}.sync.revision", name))

    run = waiting()

    run.says(f"... revision: Argo CD has {name[:12]}, {words}" if revision != "x" else words)
    run.says("--- waiting for Argo CD to look at the release")


def test_a_revision_whose_overlay_has_gone_back_is_not_live(
    world: World, cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    moved = world.commit("chore: another", {"k8s/overlays/dev/kustomization.yaml": "images: []\n"})
    world.git("push", "--quiet", "--force", "origin", f"{moved}:refs/heads/else", f"{moved}~1:refs/heads/main")
    cluster.serve(put(objects, f"{STATUS}.sync.revision", moved))

    run = waiting()

    run.says(f"ok  revision: Argo CD has {moved[:12]}, which contains the release")
    run.says(f"... overlay: k8s/overlays/dev at {moved[:12]} names no artifact")


def test_what_turns_true_while_it_waits_is_told_a_line_each(
    cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve({})
    run = waiting()
    run.says("... application: there is no such Application")
    cluster.serve({"applications": objects["applications"]})
    run.says("... rollout: Rollout service: not there")
    cluster.serve(put(objects, "pods", []))
    run.says("... pods: there is none to look at")
    cluster.serve(objects)

    outcome = run.outcome()

    assert outcome.code == 0, outcome
    assert outcome.stderr.endswith("ok  pods: 2 of 2 run the artifact\n")


def test_it_watches_and_does_not_ask_again_and_again(world: World, cluster: ApiServer, objects: Objects) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))

    world.json("wait", "dev", "--timeout", SHORT)

    assert {question: cluster.asked.count(question) for question in cluster.asked} == {
        f"{verb} {plural}": 1
        for verb in ("list", "watch")
        for plural in ("applications", "rollouts", "replicasets", "pods", "analysisruns")
    }


def test_time_running_out_names_what_is_waited_for(world: World, cluster: ApiServer) -> None:
    objects = live("1.1.0", world.head(), automated=False)
    cluster.serve(put(objects, f"{STATUS}.sync.status", "OutOfSync"))

    outcome = world.json("wait", "dev", "--record", "--timeout", SHORT)

    assert (outcome.code, outcome.kind, outcome.document["state"]) == (7, "timeout", "needs-sync")
    assert (outcome.document["ok"], outcome.document["environment"]) == (False, "dev")
    assert [check["name"] for check in outcome.document["checks"]] == CHECKS
    assert [check["name"] for check in outcome.document["checks"] if not check["ok"]] == ["synced"]
    assert "a person" in outcome.document["error"]["hint"]
    assert "proof/" not in world.refs()


def test_a_release_that_failed_ends_it_at_once(world: World, cluster: ApiServer, objects: Objects) -> None:
    stuck = {"name": "service", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}
    cluster.serve(put(objects, "pods.0.status.containerStatuses", [stuck]))

    outcome = world.json("wait", "dev", "--record")

    assert (outcome.code, outcome.kind, outcome.document["ok"]) == (5, "check", False)
    assert "pod service-1, container service: ImagePullBackOff: not found" in outcome.document["error"]["message"]
    assert [check["name"] for check in outcome.document["checks"]] == CHECKS
    assert "proof/" not in world.refs()


def test_the_branch_moving_on_ends_it(world: World, cluster: ApiServer, objects: Objects, waiting: Begin) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    run.says(UNHEALTHY)
    world.bump("1.2.0", "--override", "progressing", "--reason", "a better one is here")

    outcome = run.outcome()

    assert (outcome.code, outcome.kind) == (5, "check")
    assert "overtaken" in outcome.document["error"]["message"]


def test_a_branch_that_moved_on_in_the_last_moment_is_no_success(
    world: World, cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    run.says(UNHEALTHY)
    world.bump("1.2.0", "--override", "progressing", "--reason", "a better one is here")
    cluster.serve(objects)

    assert run.outcome().code == 5


def test_a_remote_that_is_away_for_a_while_is_survived(
    world: World, cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    run.says(UNHEALTHY)
    away = world.remote.rename(world.root / "away.git")
    cluster.serve(objects)
    run.says("... branch: ")
    away.rename(world.remote)

    assert run.outcome().code == 0


# --- the service's own word -------------------------------------------------------------------------------------------


def test_with_an_address_the_service_is_asked_too(
    cluster: ApiServer, objects: Objects, service: Service, waiting: Begin
) -> None:
    cluster.serve(objects)
    service.runs("1.0.0")
    run = waiting("--url", service.url)
    run.says("--- waiting for the service to be the artifact")
    service.runs("1.1.0")

    outcome = run.outcome()

    assert outcome.code == 0, outcome
    assert [check["name"] for check in outcome.document["checks"]] == [*CHECKS, "readyz", "version"]


def test_the_service_is_not_asked_before_the_cluster_has_said_all(
    cluster: ApiServer, objects: Objects, service: Service, waiting: Begin
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    service.runs("1.1.0")
    run = waiting("--url", service.url)
    run.says("... version: not asked: the cluster has not said all")

    assert not service.asked.is_set()


# --- a cluster that goes away, and comes back -------------------------------------------------------------------------


def test_an_api_server_that_goes_away_and_comes_back_is_survived(
    cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    run.says(UNHEALTHY)
    cluster.down()
    run.says("--- waiting for the cluster to answer")
    cluster.serve(objects)
    cluster.up()

    assert run.outcome().code == 0


def test_nothing_is_live_while_the_api_server_is_away(cluster: ApiServer, objects: Objects, waiting: Begin) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting("--timeout", "10s")
    run.says(UNHEALTHY)
    cluster.down()

    outcome = run.outcome()

    assert (outcome.code, outcome.document["state"]) == (7, "unreachable")


def test_watches_that_end_are_taken_up_where_they_were(cluster: ApiServer, objects: Objects, waiting: Begin) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    for times in (1, 2, 3):
        cluster.wait_for("watch pods", times=times)
        cluster.wait_for("watch applications", times=times)
        cluster.cut()
    cluster.wait_for("watch applications", times=4)
    cluster.serve(objects)

    assert run.outcome().code == 0


def test_a_past_that_is_forgotten_is_listed_anew(cluster: ApiServer, objects: Objects, waiting: Begin) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    cluster.wait_for("watch pods")
    cluster.wait_for("watch applications")
    cluster.forget()
    cluster.cut()
    cluster.wait_for("list applications", times=2)
    cluster.serve(objects)

    assert run.outcome().code == 0


@pytest.mark.parametrize(("status", "words"), [(503, "{}"), (200, "<html>"), (403, "{}")])
def test_an_api_server_that_answers_nonsense_for_a_while_is_survived(
    cluster: ApiServer, objects: Objects, waiting: Begin, status: int, words: str
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    # All of them: who is told 403 before it has seen a kind once may not see it, which ends the wait.
    for kind in ("applications", "rollouts", "replicasets", "pods", "analysisruns"):
        cluster.wait_for(f"watch {kind}")
    cluster.words, cluster.status = words, status
    cluster.cut()
    cluster.wait_for("list applications", times=3)
    cluster.status = None
    cluster.serve(objects)

    outcome = run.outcome()

    assert outcome.code == 0, outcome


# --- no cluster -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"), [(401, "does not know who asks"), (403, "does not permit it"), (404, "kind")]
)
def test_a_cluster_that_says_no_ends_it_and_says_to_what(
    world: World, cluster: ApiServer, status: int, words: str
) -> None:
    cluster.status = status

    outcome = world.json("wait", "dev")

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "applications service-dev in the namespace argocd" in outcome.document["error"]["message"]
    assert words in outcome.document["error"]["message"]
    assert "list and watch Applications, Rollouts, AnalysisRuns" in outcome.document["error"]["hint"]


@pytest.mark.parametrize("text", [None, "", "clusters: [", "{}", "current-context: x"])
def test_without_a_cluster_an_address_is_not_enough(
    world: World, cluster: ApiServer, service: Service, text: str | None
) -> None:
    cluster.config.unlink()
    if text is not None:
        cluster.config.write_text(text)
    service.runs("1.1.0")

    outcome = world.json("wait", "dev", "--url", service.url, "--record")

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "proof/" not in world.refs()


def test_an_api_server_that_never_answers_is_no_cluster(world: World, cluster: ApiServer) -> None:
    cluster.down()

    outcome = world.json("wait", "dev", "--timeout", "8s")

    assert (outcome.code, outcome.kind) == (6, "unreachable")


@pytest.mark.parametrize("verb", ["wait", "bump"])
def test_in_a_pod_without_its_account_nothing_but_the_object_is_printed(
    world: World, cluster: ApiServer, verb: str
) -> None:
    cluster.config.unlink()
    more = [artifact("1.2.0"), "--source", world.head(), "--dry-run"] if verb == "bump" else []

    outcome = world.json(verb, "dev", *more, env={"KUBERNETES_SERVICE_HOST": "::1", "KUBERNETES_SERVICE_PORT": "1"})

    assert json.loads(outcome.stdout), outcome


def test_an_application_of_another_cluster_is_not_judged_by_this_one(
    world: World, cluster: ApiServer, objects: Objects
) -> None:
    cluster.serve(put(objects, "applications.0.spec.destination.server", "https://prod.example.com"))

    outcome = world.json("wait", "dev")

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "deploys to the cluster https://prod.example.com" in outcome.document["error"]["message"]


def test_another_environments_application_is_not_taken_for_ours(
    cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve(put(objects, "applications.0.metadata.name", "service-stage"))

    run = waiting()

    run.says("... application: there is no such Application")


def test_what_the_cluster_says_is_told_harmlessly(cluster: ApiServer, objects: Objects, waiting: Begin) -> None:
    message = "\x1b[2Jgone\u202e" + "x" * 100_000
    cluster.serve(put(objects, f"{STATUS}.health", {"status": "Missing", "message": message}))

    run = waiting()

    run.says("Missing: \\x1b[2Jgone\\u202exxx")
    run.says(UNHEALTHY)
    assert len(run.said) < 6000


def test_where_nothing_can_be_looked_at_an_address_is_asked_for(
    world: World, cluster: ApiServer, objects: Objects, service: Service
) -> None:
    cluster.serve(put(objects, f"{STATUS}.resources", []))
    service.runs("1.1.0")

    without = world.json("wait", "dev")
    vouched = world.done("wait", "dev", "--url", service.url)

    assert (without.code, without.kind) == (5, "check")
    assert "--url" in without.document["error"]["message"]
    assert vouched.document["ok"] is True


def test_an_application_that_deploys_another_environments_overlay_is_a_mistake_in_the_policy(
    world: World, cluster: ApiServer
) -> None:
    stage = "\n  stage: {overlay: k8s/overlays/stage, from: dev}\n"
    world.commit("feat: stage", {"tagbump.yaml": POLICY.rstrip() + stage})
    objects = live("1.1.0", world.git("rev-parse", "main~1", cwd=world.remote).strip())
    for place in ("spec.source.path", "status.sync.comparedTo.source.path"):
        objects = put(objects, f"applications.0.{place}", "k8s/overlays/stage")
    cluster.serve(objects)

    outcome = world.json("wait", "dev")

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "deploys k8s/overlays/stage, and not k8s/overlays/dev" in outcome.document["error"]["message"]


def test_the_same_artifact_by_another_release_is_waited_for_anew(
    world: World, cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    beside = ("--override", "progressing", "--reason", "back and forth")
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting()
    run.says(UNHEALTHY)
    world.done("rollback", "dev", "--reason", "it looked bad")
    world.done("bump", "dev", artifact("1.1.0"), "--source", world.head(), "--reintroduce", *beside)
    cluster.serve(objects)

    outcome = run.outcome()

    assert (outcome.code, outcome.kind) == (5, "check")
    assert "by another release now" in outcome.document["error"]["message"]


def test_an_api_server_that_says_nothing_more_does_not_hold_up_the_end(
    cluster: ApiServer, objects: Objects, waiting: Begin
) -> None:
    cluster.serve(put(objects, f"{STATUS}.health.status", "Progressing"))
    run = waiting("--timeout", "8s")
    run.says(UNHEALTHY)
    cluster.silent = True
    cluster.cut()
    begun = time.monotonic()

    outcome = run.outcome()

    assert time.monotonic() - begun < 14
    assert (outcome.code, outcome.document["state"]) == (7, "unreachable")
