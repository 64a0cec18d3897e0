"""A version that never gets ready in stage; in dev it does, but for a registry, then a Prometheus, that is away."""

import os
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.keeping import kept
from tests.e2e.load import Load
from tests.e2e.measuring import measured, prometheus_of
from tests.e2e.platform import Platform
from tests.e2e.programs import programs_here
from tests.e2e.proxies import Proxy
from tests.tagbump.world import Outcome


@dataclass(frozen=True)
class Gone:
    """A release that nothing was wrong with, after the Prometheus that its canary was measured by had disappeared."""

    outcome: Outcome
    phases: set[str]
    weight: int
    kept: bool
    """Whether the version before was still the stable one."""


@dataclass(frozen=True)
class Delayed:
    """A release to dev: its image could not be had at first, then its canary not be measured, where that can be."""

    artifact: str
    load: Load
    gone: Gone | None


@pytest.fixture(scope="module")
def in_dev(whole: Platform) -> Delayed:
    programs = programs_here()
    with whole.turns.at("dev"), whole.users("dev", rate=20) as load:
        with ExitStack() as asked:
            prometheus = asked.enter_context(prometheus_of(whole, "dev")) if "PROMETHEUS" in os.environ else None
            artifact = whole.bump("2.1.0-never-ready", {"FAULT": "never-ready", "FAULT_IN": "stage"})
            with ExitStack() as away:
                if programs is not None:
                    away.enter_context(whole.turns.at("cluster"))
                    away.enter_context(programs.unreachable(5000))
                whole.refresh("dev")
                if programs is not None:
                    whole.until(lambda: "ImagePullBackOff" in whole.waiting("dev"), told="a pod can't pull")
            gone = without(prometheus, whole) if prometheus else None
        if gone:
            assert whole.act("dev", "retry").code == 0
        whole.live("dev")
        whole.evidence("fault-registry", load)
    return Delayed(artifact, load, gone)


def without(prometheus: Proxy, whole: Platform) -> Gone:
    """Take `prometheus` away from dev while it is asked about the canary, and see what becomes of that."""
    good = whole.stable("dev")
    whole.until(lambda: whole.weight("dev") == 50, told="50 %")
    whole.until(lambda: "Successful" in measured(whole, "dev", "errors", watching=True), told="it was there")
    prometheus.close()
    whole.until(lambda: whole.phase("dev") == "Degraded", told="aborted")
    outcome, phases = whole.wait("dev"), measured(whole, "dev", "errors")
    gone = Gone(outcome, phases, whole.weight("dev"), whole.stable("dev") == good)
    whole.evidence("measuring-gone", weight=gone.weight, phases=phases, told=outcome.document["error"]["message"])
    return gone


@pytest.mark.usefixtures("programs")
def test_a_registry_that_is_away_delays_a_release_and_does_not_break_it(whole: Platform, in_dev: Delayed) -> None:
    assert whole.proven("dev", in_dev.artifact)
    assert in_dev.load.failed == 0, in_dev.load.told()


def test_a_prometheus_that_goes_during_the_analysis_ends_the_release(whole: Platform, in_dev: Delayed) -> None:
    if in_dev.gone is None:
        pytest.skip("left out: PROMETHEUS is not set, and it is made to disappear")
    assert in_dev.gone.outcome.code == 5, in_dev.gone.outcome
    assert "assessed Error" in in_dev.gone.outcome.document["error"]["message"], in_dev.gone.outcome
    assert in_dev.gone.phases == {"Error"}
    assert (in_dev.gone.weight, in_dev.gone.kept) == (0, True)
    # Once it was back, the same artifact was tried again, and got there.
    assert whole.proven("dev", in_dev.artifact)


def test_a_version_that_never_gets_ready_gets_no_user(whole: Platform, in_dev: Delayed) -> None:
    with whole.turns.at("stage"), kept(whole, "stage", "never-ready") as load:
        whole.deliver("stage", in_dev.artifact)
        outcome = whole.wait("stage")

        assert outcome.code == 5, outcome
        assert "timed out progressing" in outcome.document["error"]["message"], outcome
    # It answers all but /readyz well: what shows that nobody was sent to it is the digest of /version.
    assert load.digests[in_dev.artifact.partition("@")[2]] == 0
    assert load.failed == 0, load.told()
