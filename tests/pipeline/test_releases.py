"""Releasing by a real tagbump: what is waited for, what ends the road, and that each step may be run again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.commands.live import live
from pipeline.commands.promote import promote
from pipeline.commands.prove import prove
from pipeline.commands.release import release
from pipeline.errors import Bug, Misconfigured, Overtaken, Refused, TimeRanOut, Unreachable
from pipeline.job import Job
from tests.pipeline.checkouts import Told, tagbump
from tests.pipeline.checkouts import job as job_in
from tests.tagbump import clusters
from tests.tagbump.apiserver import running
from tests.tagbump.clusters import put
from tests.tagbump.world import POLICY, World, artifact, copy_world, make_world

Begin = Callable[..., Job]
WITH_CLUSTER = """\
image: service
environments:
  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, from: dev, approval: required}
  prod: {overlay: k8s/overlays/prod, from: stage}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from: dev had 1.1.0, and has proven it. Not to be written to."""
    world = make_world(tmp_path_factory.mktemp("template"), POLICY)
    world.bump("1.1.0")
    world.prove("dev")
    return world


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copy_world(template, tmp_path / "world")


@pytest.fixture
def begin(world: World, told: Told, tmp_path: Path) -> Begin:
    """A build of the artifact of a tag, in the checkout of `world`."""
    program = tagbump(tmp_path / "tagbump")

    def begin(tag: str, **env: str) -> Job:
        world.git("pull", "--quiet", "--rebase", check=False)
        return job_in(world, world.checkout, told, ARTIFACT=artifact(tag), TAGBUMP=str(program), **env)

    return begin


def test_release_gives_dev_what_was_built_and_names_the_commit(world: World, begin: Begin) -> None:
    source = world.commit("feat: more")

    assert release(begin("1.2.0"), "dev") == "done"

    assert world.artifact("dev") == artifact("1.2.0")
    assert f"Source: {source}" in world.message()


def test_release_again_changes_nothing(world: World, begin: Begin) -> None:
    world.commit("feat: more")
    job = begin("1.2.0")
    release(job, "dev")
    head = world.head()

    assert release(job, "dev") == "done"

    assert world.head() == head


def test_a_build_that_a_newer_one_was_released_before_is_overtaken(world: World, begin: Begin) -> None:
    older = world.commit("feat: first")
    world.bump("1.3.0")
    job = begin("1.2.0")
    world.git("checkout", "--quiet", older)

    with pytest.raises(Overtaken, match=r"dev: overtaken by 1\.3\.0") as overtaken:
        release(job, "dev")

    assert overtaken.value.exit_code == 12
    assert f"dev has {artifact('1.3.0')} (release {world.head()[:12]})" in overtaken.value.detail
    assert world.artifact("dev") == artifact("1.3.0")


def test_a_build_that_runs_again_after_dev_has_moved_on_goes_on_with_what_it_has_proven(
    world: World, begin: Begin, told: Told
) -> None:
    first = world.commit("feat: first")
    world.bump("1.2.0", "--source", first)
    world.prove("dev")
    world.bump("1.3.0", "--source", world.commit("feat: second"))
    job = begin("1.2.0", STAGE_APPROVER="grace")
    world.git("checkout", "--quiet", first)
    head = world.head()

    said = release(job, "dev"), live(job, "dev")

    assert said == ("done", "proven")
    assert world.head() == head
    assert "dev has moved on, and had proven" in told.text
    assert promote(job, "stage") == "done"
    assert world.artifact("stage") == artifact("1.2.0")


def test_a_build_that_runs_again_comes_back_to_prod_though_stage_has_moved_on(world: World, begin: Begin) -> None:
    first = world.commit("feat: first")
    world.bump("1.2.0", "--source", first)
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    world.prove("stage")
    world.bump("1.3.0", "--source", world.commit("feat: second"))
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    job = begin("1.2.0", STAGE_APPROVER="grace", PROD_APPROVER="dana")
    world.git("checkout", "--quiet", first)

    said = [verb(job, where) for where in ("dev", "stage") for verb in (release, promote, live, prove)
            if (verb, where) not in {(promote, "dev"), (release, "stage")}]  # fmt: skip

    assert said == ["done", "proven", "proven"] * 2
    assert promote(job, "prod") == "done"


def test_a_build_that_runs_again_and_has_proven_nothing_is_overtaken(world: World, begin: Begin) -> None:
    first = world.commit("feat: first")
    world.bump("1.2.0", "--source", first)
    world.bump("1.3.0", "--source", world.commit("feat: second"))
    job = begin("1.2.0")
    world.git("checkout", "--quiet", first)

    for verb in (release, live):
        with pytest.raises(Overtaken, match=r"dev: overtaken by 1\.3\.0"):
            verb(job, "dev")


def test_another_refusal_fails_the_release(begin: Begin) -> None:
    job = begin("1.1.0")
    other = {**job.env, "ARTIFACT": artifact("1.1.0", build="another")}

    with pytest.raises(Refused, match="dev: digest-changed: "):
        release(Job(job.root, other, job.tell), "dev")


def test_what_was_rolled_back_from_does_not_come_back(world: World, begin: Begin) -> None:
    world.done("rollback", "dev", "--reason", "slow")

    with pytest.raises(Refused, match="dev: rolled-back: "):
        release(begin("1.1.0"), "dev")


@pytest.mark.parametrize("artifact_", ["", "service:1.0"])
def test_without_an_artifact_nothing_is_released(begin: Begin, artifact_: str) -> None:
    job = begin("1.2.0")

    with pytest.raises(Misconfigured):
        release(Job(job.root, {**job.env, "ARTIFACT": artifact_}, job.tell), "dev")


def test_a_git_server_that_is_away_is_asked_three_times(begin: Begin, told: Told, tmp_path: Path) -> None:
    job = begin("1.2.0", GITOPS_REPOSITORY=f"file://{tmp_path}/gone.git")

    with pytest.raises(Unreachable):
        release(job, "dev")

    assert sum("trying again" in line for line in told.lines) == 2


def test_a_tagbump_that_says_nothing_is_a_bug_and_what_it_printed_is_shown(begin: Begin, tmp_path: Path) -> None:
    program = tmp_path / "tagbump"
    program.write_text("#!/bin/sh\necho it fell over >&2\nexit 9\n")
    program.chmod(0o755)
    job = begin("1.2.0")

    with pytest.raises(Bug, match="dev: tagbump bump ended with 9, and without a word") as failed:
        release(Job(job.root, {**job.env, "TAGBUMP": str(program)}, job.tell), "dev")

    assert "it fell over" in failed.value.detail


def test_the_repository_that_is_named_is_the_one_that_is_released_in(
    world: World, template: World, begin: Begin, tmp_path: Path
) -> None:
    other = copy_world(template, tmp_path / "other")
    source = world.commit("feat: more")
    other.git("fetch", "--quiet", str(world.remote), "main")
    other.git("push", "--quiet", "origin", f"{source}:refs/heads/main")

    release(begin("1.2.0", GITOPS_REPOSITORY=str(other.remote)), "dev")

    assert other.artifact("dev") == artifact("1.2.0")
    assert world.artifact("dev") == artifact("1.1.0")


@pytest.mark.timeout(240)
def test_a_release_whose_rollout_is_under_way_is_waited_for_and_named_once(tmp_path: Path, told: Told) -> None:
    world = make_world(tmp_path / "deployed", WITH_CLUSTER)
    world.bump("1.1.0")
    before = world.head()
    world.commit("feat: more")
    world.git("pull", "--quiet", "--rebase")
    with running(tmp_path) as server:
        objects = clusters.live("1.1.0", before)
        healthy = objects["rollouts"][0]["status"]
        begun = {"stableRS": clusters.OLD_HASH, "currentStepIndex": 0, "updatedReplicas": 1}
        rolling = put(objects, "rollouts.0.status", {**healthy, **begun, "phase": "Progressing"})
        server.serve(rolling)
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                server.serve(objects)

        env = {
            "ARTIFACT": artifact("1.2.0"),
            "TAGBUMP": str(tagbump(tmp_path / "tagbump")),
            "KUBECONFIG": str(server.config),
        }
        job = job_in(world, world.checkout, told, **env)

        assert release(Job(job.root, job.env, told, pause), "dev") == "done"

        assert pauses == [10.0, 10.0]
        waited = [line for line in told.lines if "waiting for the rollout of" in line]
        assert len(waited) == 1
        assert f"{artifact('1.1.0')} (release {before[:12]})" in waited[0]
        assert world.artifact("dev") == artifact("1.2.0")
        server.serve(put(rolling, "rollouts.0.status.observedGeneration", "3"))
        world.commit("feat: still more")
        world.git("pull", "--quiet", "--rebase")
        with pytest.raises(TimeRanOut, match="dev: the release before is still under way"):
            release(Job(job.root, {**job.env, "ARTIFACT": artifact("1.3.0")}, told, pause), "dev", patience_s=0)


def test_promote_takes_exactly_what_was_approved_and_by_whom(world: World, begin: Begin) -> None:
    assert promote(begin("1.1.0", STAGE_APPROVER="grace"), "stage") == "done"

    assert world.artifact("stage") == artifact("1.1.0")
    assert "Approved-by: grace" in world.message()


def test_promote_takes_what_was_approved_though_dev_has_moved_on(world: World, begin: Begin) -> None:
    world.bump("1.2.0")
    world.prove("dev")

    promote(begin("1.1.0", STAGE_APPROVER="grace"), "stage")

    assert world.artifact("stage") == artifact("1.1.0")


def test_a_git_server_that_is_away_leaves_a_promotion_unanswered(begin: Begin, tmp_path: Path) -> None:
    job = begin("1.1.0", STAGE_APPROVER="grace", GITOPS_REPOSITORY=f"file://{tmp_path}/gone.git")

    assert promote(job, "stage") == "unanswered"


def test_promote_again_changes_nothing(world: World, begin: Begin) -> None:
    job = begin("1.1.0", STAGE_APPROVER="grace")
    promote(job, "stage")
    head = world.head()

    assert promote(job, "stage") == "done"

    assert world.head() == head


def test_a_promotion_that_a_newer_one_was_before_is_overtaken(world: World, begin: Begin) -> None:
    world.bump("1.2.0")
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")

    with pytest.raises(Overtaken, match=r"stage: overtaken by 1\.2\.0"):
        promote(begin("1.1.0", STAGE_APPROVER="grace"), "stage")


def test_without_an_approver_nothing_is_promoted(begin: Begin) -> None:
    with pytest.raises(Misconfigured, match="STAGE_APPROVER is not set"):
        promote(begin("1.1.0", PROD_APPROVER="grace"), "stage")


def test_what_is_not_proven_is_not_promoted(world: World, begin: Begin) -> None:
    world.bump("1.2.0")

    with pytest.raises(Refused, match="stage: unproven: "):
        promote(begin("1.2.0", STAGE_APPROVER="grace"), "stage")


ALWAYS = "[{from: 'Mon 00:00', to: 'Sun 23:59', timezone: UTC}, {from: 'Sun 12:00', to: 'Mon 12:00', timezone: UTC}]"


@pytest.fixture
def strict(tmp_path: Path) -> World:
    """Stage wants a soak of an hour, is frozen, and lets no author approve; dev has just been proven."""
    policy = POLICY.replace("approval: required}", f"approval: four-eyes, soak: 1h, freeze: {ALWAYS}}}")
    world = make_world(tmp_path / "strict", policy)
    world.bump("1.1.0")
    world.prove("dev")
    return world


def test_a_promotion_that_only_time_keeps_waits(strict: World, told: Told, tmp_path: Path) -> None:
    program = str(tagbump(tmp_path / "tagbump"))
    job = job_in(strict, strict.checkout, told, ARTIFACT=artifact("1.1.0"), TAGBUMP=program, STAGE_APPROVER="grace")
    head = strict.head()

    assert promote(job, "stage") == "waits"

    assert strict.head() == head
    assert "soak: 1.1.0 was proven in dev" in told.text
    assert "also frozen: " in told.text


def test_a_promotion_that_more_than_time_keeps_fails_at_once(strict: World, told: Told, tmp_path: Path) -> None:
    program = str(tagbump(tmp_path / "tagbump"))
    job = job_in(strict, strict.checkout, told, ARTIFACT=artifact("1.1.0"), TAGBUMP=program, STAGE_APPROVER="ada")

    with pytest.raises(Refused) as refused:
        promote(job, "stage")

    assert "also four-eyes: ada had a hand in" in refused.value.detail
