"""What can't be measured is not promoted: a canary that nobody sees, and a Prometheus that is gone."""

import time

import pytest

from tests.e2e.platform import Platform
from tests.e2e.programs import Programs

pytestmark = pytest.mark.timeout(1500)


def measured(whole: Platform, environment: str, metric: str) -> set[str]:
    """Return the phases of what was measured of the newest version, of one metric."""
    hash_ = whole.rollout(environment)["status"]["currentPodHash"]
    return {
        measurement["phase"]
        for run in whole.get("analysisruns.argoproj.io", environment)["items"]
        if run["metadata"]["labels"].get("rollouts-pod-template-hash") == hash_
        for result in run.get("status", {}).get("metricResults", [])
        if result["name"] == metric
        for measurement in result.get("measurements", [])
    }


def test_a_canary_that_prometheus_does_not_see_stays_where_it_is(whole: Platform, programs: Programs) -> None:
    before = whole.artifact("dev")
    good = whole.stable("dev")
    with programs.stopped("prometheus-agent"):  # it tells Prometheus which pods there are
        whole.release("3.0.0-unseen")
        whole.until(lambda: "Inconclusive" in measured(whole, "dev", "errors"), told="the first measurement")
        time.sleep(30)
        phases, weight = measured(whole, "dev", "errors"), whole.weight("dev")
        assert whole.act("dev", "abort").code == 0
        whole.until(lambda: whole.phase("dev") == "Degraded")
        stable = whole.stable("dev")
    whole.evidence("measuring-unseen", phases=phases, weight=weight)
    whole.rollback("dev", "nobody saw it")
    whole.live("dev")

    assert phases == {"Inconclusive"}
    assert stable == good
    assert weight == 50
    assert whole.artifact("dev") == before


def test_a_prometheus_that_is_gone_ends_the_release(whole: Platform, programs: Programs) -> None:
    before, good = whole.artifact("dev"), whole.stable("dev")
    whole.release("3.0.0-unmeasured")
    whole.until(lambda: whole.weight("dev") == 50, told="50 %")
    with programs.unreachable(9090):
        whole.until(lambda: whole.phase("dev") == "Degraded", told="aborted")
        outcome, weight, stable = whole.wait("dev"), whole.weight("dev"), whole.stable("dev")
    whole.evidence("measuring-gone", weight=weight)
    whole.rollback("dev", "nobody could measure it")
    whole.live("dev")

    assert outcome.code == 5, outcome
    assert (weight, stable) == (0, good)
    assert whole.artifact("dev") == before
