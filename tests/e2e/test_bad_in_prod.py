"""A version that errs for prod's users alone. On its way Argo CD dies, another is to be released, Prometheus goes."""

import os
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.keeping import kept
from tests.e2e.load import Load
from tests.e2e.measuring import measured, prometheus_of
from tests.e2e.platform import APPROVER, AUTHOR, Platform
from tests.e2e.programs import programs_here
from tests.e2e.proxies import Proxy
from tests.tagbump.world import Outcome


@dataclass(frozen=True)
class Interrupted:
    """A release to dev, in the middle of which Argo CD was killed where that can be, and a second one was tried."""

    artifact: str
    load: Load
    refused: Outcome
    held: str
    """What git had for dev after that."""


@pytest.fixture(scope="module")
def in_dev(whole: Platform) -> Interrupted:
    programs = programs_here()
    with whole.turns.at("dev"), whole.users("dev", rate=20) as load:
        artifact = whole.release("2.0.0-errors", {"FAULT": "errors", "FAULT_IN": "prod"})
        whole.until(lambda: whole.phase("dev") == "Progressing", told="under way")
        source = whole.world.commit("feat: what makes 2.0.1", by=AUTHOR)
        refused = whole.world.json("bump", "dev", whole.builds.build("2.0.1", source), "--source", source)
        if programs is not None:
            with whole.turns.at("cluster"), programs.killed("argocd-controller"):
                load.pause(5)
        whole.live("dev")
        held = whole.artifact("dev")
        whole.evidence("fault-argocd", load)
    return Interrupted(artifact, load, refused, held)


@pytest.mark.usefixtures("programs")
def test_argo_cd_that_is_killed_half_way_goes_on(whole: Platform, in_dev: Interrupted) -> None:
    assert whole.proven("dev", in_dev.artifact)
    assert in_dev.load.failed == 0, in_dev.load.told()


def test_a_second_release_during_a_rollout_is_refused(in_dev: Interrupted) -> None:
    assert (in_dev.refused.code, in_dev.refused.kind) == (3, "progressing"), in_dev.refused
    assert in_dev.held == in_dev.artifact


@dataclass(frozen=True)
class Gone:
    """A release that nothing was wrong with, after the Prometheus that its canary was measured by had disappeared."""

    outcome: Outcome
    phases: set[str]
    weight: int
    kept: bool
    """Whether the version before was still the stable one."""


@dataclass(frozen=True)
class Hurried:
    """A release to stage: not measured at first, where that can be, and then given everybody at once."""

    artifact: str
    gone: Gone | None


@pytest.fixture(scope="module")
def in_stage(whole: Platform, in_dev: Interrupted) -> Hurried:
    """It is prod that the artifact is for."""
    with whole.turns.at("stage"), ExitStack() as asked:
        prometheus = asked.enter_context(prometheus_of(whole, "stage")) if "PROMETHEUS" in os.environ else None
        whole.deliver("stage", in_dev.artifact)
        gone = without(prometheus, whole) if prometheus else None
        if prometheus:
            prometheus.open()
            assert whole.act("stage", "retry").code == 0
        whole.until(lambda: whole.weight("stage") == 5, told="the first users")
        for action in ("skip-current-step", "promote-full"):
            assert whole.act("stage", action, account="release-manager").code == 0, action
        whole.live("stage")
    return Hurried(in_dev.artifact, gone)


def without(prometheus: Proxy, whole: Platform) -> Gone:
    """Take `prometheus` away from stage while it is asked about the canary, and see what becomes of that."""
    good = whole.stable("stage")
    whole.until(lambda: whole.weight("stage") == 5, told="the first users")
    whole.until(lambda: "Successful" in measured(whole, "stage", "errors", watching=True), told="it was there")
    prometheus.close()
    whole.until(lambda: whole.phase("stage") == "Degraded", told="aborted")
    outcome, phases = whole.wait("stage"), measured(whole, "stage", "errors")
    gone = Gone(outcome, phases, whole.weight("stage"), whole.stable("stage") == good)
    whole.evidence("measuring-gone", weight=gone.weight, phases=phases, told=outcome.document["error"]["message"])
    return gone


def test_a_prometheus_that_goes_during_the_analysis_ends_the_release(whole: Platform, in_stage: Hurried) -> None:
    if in_stage.gone is None:
        pytest.skip("left out: PROMETHEUS is not set, and it is made to disappear")
    assert in_stage.gone.outcome.code == 5, in_stage.gone.outcome
    assert "assessed Error" in in_stage.gone.outcome.document["error"]["message"], in_stage.gone.outcome
    assert in_stage.gone.phases == {"Error"}
    assert (in_stage.gone.weight, in_stage.gone.kept) == (0, True)
    # Once it was back, the same artifact was tried again, and got there.
    assert whole.proven("stage", in_stage.artifact)


def test_a_release_manager_gives_everybody_a_version_before_its_canary_is_over(
    whole: Platform, in_stage: Hurried
) -> None:
    assert whole.proven("stage", in_stage.artifact)
    assert "8" not in steps(whole, "stage"), "the analysis at 50 % was skipped"


def test_five_errors_in_a_hundred_are_stopped_in_prod_at_the_first_weight(whole: Platform, in_stage: Hurried) -> None:
    artifact = in_stage.artifact
    with whole.turns.at("prod"):
        with kept(whole, "prod", "errors", rate=60) as load:
            whole.deliver("prod", artifact)
            outcome = whole.wait("prod")

            assert outcome.code == 5, outcome
            assert 'Metric "errors' in outcome.document["error"]["message"], outcome  # the tag has that word too
            assert steps(whole, "prod") == {"1", "4"}, "it got as far as the analysis at 5 %, and no further"
        refused = whole.world.json("promote", "prod", "--artifact", artifact, "--approved-by", APPROVER)
    assert load.share_failed < 0.01, load.told()
    assert refused.kind == "rolled-back"


def steps(whole: Platform, environment: str) -> set[str]:
    """Return the numbers of the steps whose analysis the newest version has seen."""
    newest = whole.rollout(environment)["status"]["currentPodHash"]
    labels = [one["metadata"]["labels"] for one in whole.get("analysisruns", environment)["items"]]
    return {
        one["step-index"] for one in labels if one.get("rollouts-pod-template-hash") == newest and "step-index" in one
    }
