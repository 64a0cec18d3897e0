"""Waiting for a release, and going back from one that failed: by a real tagbump, on the word of a cluster."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import waiting
from pipeline.commands.live import live
from pipeline.commands.promote import promote
from pipeline.commands.prove import prove
from pipeline.commands.rollback import rollback
from pipeline.errors import Overtaken, Stopped, TimeRanOut, Unreachable
from pipeline.job import Job
from tests.pipeline.checkouts import Told, tagbump
from tests.pipeline.checkouts import job as job_in
from tests.tagbump import clusters
from tests.tagbump.apiserver import ApiServer, running
from tests.tagbump.clusters import Objects, put
from tests.tagbump.world import World, artifact, copy_world, make_world, seed_files

Begin = Callable[..., Job]

# What the objects of the cluster are of is called dev. Here it comes after an environment, or takes images first.
AFTER = """\
image: service
environments:
  test: {overlay: k8s/overlays/test}
  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev, from: test}
"""
FIRST = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
SHORT = "6s"  # enough to read everything, also on a machine with much to do
URL = "https://jenkins.example.com/job/service/12/"


def released(root: Path, policy: str, *, seen_live: bool = False) -> World:
    """Make a repository in which dev has 1.1.0 after 1.0.0, which was proven there if it was `seen_live`."""
    tags = {"test": "1.0.0", "dev": "1.0.0"}
    world = make_world(root, files=seed_files(policy, tags))
    if seen_live:
        world.prove("dev")
    world.bump("1.1.0", environment="test" if policy == AFTER else "dev")
    if policy == AFTER:
        world.prove("test")
        world.done("promote", "dev")
    return world


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from. Not to be written to."""
    return released(tmp_path_factory.mktemp("template"), AFTER)


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copy_world(template, tmp_path / "world")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ApiServer]:
    """An API server that has nothing yet."""
    (tmp_path / "cluster").mkdir()
    with running(tmp_path / "cluster") as server:
        yield server


@pytest.fixture
def begin(cluster: ApiServer, told: Told, tmp_path: Path) -> Begin:
    """A build of 1.1.0, in the checkout of a world."""
    program = str(tagbump(tmp_path / "tagbump"))

    def begin(world: World, tag: str = "1.1.0") -> Job:
        world.git("pull", "--quiet", "--rebase", check=False)
        env = {"TAGBUMP": program, "KUBECONFIG": str(cluster.config), "BUILD_URL": URL, "DEV_APPROVER": "grace"}
        return job_in(world, world.checkout, told, ARTIFACT=artifact(tag), **env)

    return begin


def alive(world: World) -> Objects:
    return clusters.live("1.1.0", world.head())


def unsynced(world: World) -> Objects:
    objects = clusters.live("1.1.0", world.head(), automated=False)
    return put(objects, "applications.0.status.sync.status", "OutOfSync")


def aborted(world: World) -> Objects:
    objects = alive(world)
    status = {
        **objects["rollouts"][0]["status"], "abort": True, "abortedAt": "2026-03-01T12:05:00Z", "phase": "Degraded",
        "currentStepIndex": 0, "updatedReplicas": 0, "message": "RolloutAborted: the success rate\nwas 12 %",
    }  # fmt: skip
    return put(objects, "rollouts.0.status", status)


def proofs(world: World) -> list[str]:
    return [line.split("refs/tags/")[1] for line in world.refs().splitlines() if "refs/tags/proof/dev" in line]


def test_live_is_done_once_the_release_is_live_and_proves_nothing(
    world: World, cluster: ApiServer, begin: Begin
) -> None:
    cluster.serve(alive(world))

    assert live(begin(world), "dev") == "done"

    assert proofs(world) == []


def test_prove_pushes_the_proof_and_may_be_run_again(world: World, cluster: ApiServer, begin: Begin) -> None:
    cluster.serve(alive(world))
    job = begin(world)

    said = prove(job, "dev"), prove(job, "dev")

    assert said == ("done", "done")
    assert len(proofs(world)) == 1


def test_a_slice_in_which_a_person_is_waited_for_waits_and_says_for_what(
    world: World, cluster: ApiServer, begin: Begin, told: Told
) -> None:
    cluster.serve(unsynced(world))

    assert waiting.live(begin(world), "dev", record=True, slice_=SHORT) == "waits"

    assert "waiting for a person to sync" in told.text
    assert proofs(world) == []


def test_an_environment_that_has_something_else_by_now_has_overtaken_the_build(
    world: World, cluster: ApiServer, begin: Begin
) -> None:
    cluster.serve(alive(world))
    world.bump("1.2.0", environment="test")
    world.prove("test")
    world.done("promote", "dev")

    with pytest.raises(Overtaken, match=r"dev: overtaken by 1\.2\.0"):
        prove(begin(world), "dev")

    assert proofs(world) == []


def test_a_promotion_to_the_last_environment_first_proves_what_lives_there(
    world: World, cluster: ApiServer, begin: Begin
) -> None:
    cluster.serve(alive(world))
    before = begin(world)
    world.bump("1.2.0", environment="test")
    world.prove("test")

    assert promote(begin(world, "1.2.0"), "dev") == "done"

    assert world.artifact("dev") == artifact("1.2.0")
    assert len(proofs(world)) == 1
    assert prove(before, "dev") == "proven", "which is no failure of the build before"


def test_a_promotion_proves_nothing_that_does_not_live(world: World, cluster: ApiServer, begin: Begin) -> None:
    cluster.serve(unsynced(world))
    world.bump("1.2.0", environment="test")
    world.prove("test")

    assert promote(begin(world, "1.2.0"), "dev") == "done"

    assert proofs(world) == []


def test_a_build_that_is_overtaken_in_the_last_moment_proves_no_other(
    world: World, cluster: ApiServer, begin: Begin, tmp_path: Path
) -> None:
    cluster.serve(alive(world))
    world.bump("1.2.0", environment="test")
    world.prove("test")
    job = begin(world)
    hasty = tmp_path / "hasty"  # somebody else's promotion lands just before each wait
    program = job.env["TAGBUMP"]
    hasty.write_text(f'#!/bin/sh\n[ "$1" != wait ] || "{program}" promote dev >/dev/null\nexec "{program}" "$@"\n')
    hasty.chmod(0o755)

    with pytest.raises(Overtaken, match=r"dev: overtaken by 1\.2\.0"):
        prove(replace(job, env={**job.env, "TAGBUMP": str(hasty)}), "dev")

    assert world.artifact("dev") == artifact("1.2.0")
    assert proofs(world) == []


@pytest.mark.parametrize("verb", [live, prove])
def test_a_release_that_failed_ends_it_with_the_cause(
    world: World, cluster: ApiServer, begin: Begin, verb: Callable[[Job, str], str]
) -> None:
    cluster.serve(aborted(world))

    with pytest.raises(Stopped) as stopped:
        verb(begin(world), "dev")

    assert stopped.value.exit_code == 5
    assert stopped.value.summary.startswith("dev: the release failed: Rollout service: RolloutAborted")
    assert proofs(world) == []


@pytest.mark.parametrize("verb", [live, prove])
def test_a_slice_in_which_the_cluster_does_not_answer_says_so_and_ends_nothing(
    world: World, begin: Begin, cluster: ApiServer, told: Told, verb: Callable[[Job, str], str]
) -> None:
    cluster.status = 403

    assert verb(begin(world), "dev") == "unanswered"

    assert "403" in told.text


def test_a_slice_in_which_the_git_server_does_not_answer_says_so_and_ends_nothing(
    world: World, begin: Begin, cluster: ApiServer, tmp_path: Path
) -> None:
    cluster.serve(alive(world))
    job = begin(world)

    away = {**job.env, "GITOPS_REPOSITORY": f"file://{tmp_path}/gone.git"}

    assert prove(replace(job, env=away), "dev") == "unanswered"


def test_in_dev_a_cluster_that_does_not_answer_ends_the_build(cluster: ApiServer, begin: Begin, tmp_path: Path) -> None:
    world = released(tmp_path / "first", FIRST)
    cluster.status = 403

    with pytest.raises(Unreachable, match="dev: whether it is live can't be told"):
        live(begin(world), "dev")


def test_dev_is_waited_for_to_the_end_and_proven_by_prove_alone(
    cluster: ApiServer, begin: Begin, tmp_path: Path
) -> None:
    world = released(tmp_path / "first", FIRST)
    cluster.serve(alive(world))

    job = begin(world)

    assert live(job, "dev") == "done"
    assert proofs(world) == []
    assert prove(job, "dev") == "done"
    assert len(proofs(world)) == 1


def test_dev_that_takes_too_long_fails(
    cluster: ApiServer, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = released(tmp_path / "first", FIRST)
    cluster.serve(put(alive(world), "applications.0.status.health.status", "Progressing"))
    monkeypatch.setattr(waiting, "WHOLE", SHORT)

    with pytest.raises(TimeRanOut, match=f"dev: not healthy within {SHORT}"):
        live(begin(world), "dev")


def test_rollback_goes_back_from_a_release_that_failed_and_says_why(
    cluster: ApiServer, begin: Begin, tmp_path: Path
) -> None:
    world = released(tmp_path / "live", AFTER, seen_live=True)
    cluster.serve(aborted(world))

    assert rollback(begin(world), "dev") == "done"

    assert world.artifact("dev") == artifact("1.0.0")
    reason = world.git("log", "-1", "--format=%(trailers:key=Reason,valueonly)", "main", cwd=world.remote).strip()
    assert reason.startswith("Rollout service: RolloutAborted: the success rate was 12 %")
    assert reason.endswith(f", build {URL}")


def test_rollback_goes_to_nothing_that_was_never_seen_live(world: World, cluster: ApiServer, begin: Begin) -> None:
    cluster.serve(aborted(world))
    head = world.head()

    with pytest.raises(Stopped, match="dev: the rollback failed") as caught:
        rollback(begin(world), "dev")

    assert "no earlier release to go back to that a proof says was live" in caught.value.detail
    assert world.head() == head


def test_rollback_again_goes_back_no_further(cluster: ApiServer, begin: Begin, told: Told, tmp_path: Path) -> None:
    world = released(tmp_path / "live", AFTER, seen_live=True)
    cluster.serve(aborted(world))
    job = begin(world)
    rollback(job, "dev")
    head = world.head()

    assert rollback(job, "dev") == "done"

    assert world.head() == head
    assert told.lines[-1].startswith("nothing to roll back, ")
    assert f"dev has {artifact('1.0.0')}, not {artifact('1.1.0')}" in told.lines[-1]


@pytest.mark.parametrize("state", [alive, unsynced], ids=["live", "waiting for a person"])
def test_what_has_not_failed_is_not_rolled_back(
    world: World, cluster: ApiServer, begin: Begin, told: Told, state: Callable[[World], Objects]
) -> None:
    cluster.serve(state(world))
    head = world.head()

    assert rollback(begin(world), "dev", look=SHORT) == "done"

    assert world.head() == head
    assert "nothing to roll back, the release itself has not failed" in told.text


def test_a_cluster_that_does_not_answer_is_no_reason_to_roll_back_and_somebody_has_to_look(
    world: World, begin: Begin, cluster: ApiServer
) -> None:
    cluster.status = 403
    head = world.head()

    assert rollback(begin(world), "dev", look=SHORT) == "unanswered"

    assert world.head() == head


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (7, {"error": {"kind": "timeout", "message": "not within 10s"}, "state": "unreachable"}),
        (7, {"error": {"kind": "timeout", "message": "not within 10s"}, "state": "no-branch"}),
        (6, {"error": {"kind": "unreachable", "message": "the cluster does not answer"}}),
    ],
)
def test_a_rollback_that_nobody_answers_is_asked_for_again(
    world: World, begin: Begin, tmp_path: Path, code: int, answer: dict[str, object]
) -> None:
    assert rollback(_answering(begin(world), "wait", code, answer, tmp_path), "dev") == "unanswered"


def test_a_rollback_that_can_not_be_pushed_now_is_asked_for_again(
    cluster: ApiServer, begin: Begin, tmp_path: Path
) -> None:
    world = released(tmp_path / "live", AFTER, seen_live=True)
    cluster.serve(aborted(world))
    race = {"error": {"kind": "race", "message": "the remote kept moving"}}

    assert rollback(_answering(begin(world), "rollback", 4, race, tmp_path), "dev") == "unanswered"
    assert world.artifact("dev") == artifact("1.1.0")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (5, {"error": {"kind": "check", "message": "nobody knows"}}),
        (2, {"error": {"kind": "usage", "message": "no such word"}}),
    ],
)
def test_rollback_says_done_only_where_it_is_certain(
    world: World, begin: Begin, tmp_path: Path, code: int, answer: dict[str, object]
) -> None:
    with pytest.raises(Stopped, match="not rolled back: whether the release failed can't be told"):
        rollback(_answering(begin(world), "wait", code, answer, tmp_path), "dev")


def _answering(job: Job, verb: str, code: int, answer: Mapping[str, object], folder: Path) -> Job:
    """Return `job` with a tagbump that gives this answer to one verb."""
    program = folder / "answering"
    program.write_text(
        f"""#!/bin/sh\n[ "$1" != {verb} ] || {{ echo '{json.dumps(answer)}'; exit {code}; }}\n"""
        f"""exec "{job.env["TAGBUMP"]}" "$@"\n"""
    )
    program.chmod(0o755)
    return replace(job, env={**job.env, "TAGBUMP": str(program)})


def test_the_release_of_a_newer_build_is_not_rolled_back(world: World, cluster: ApiServer, begin: Begin) -> None:
    world.bump("1.2.0", environment="test")
    world.prove("test")
    world.done("promote", "dev")
    cluster.serve(put(aborted(world), "applications.0.status.sync.revision", world.head()))
    head = world.head()

    assert rollback(begin(world), "dev") == "done"

    assert world.head() == head
