"""What can't be measured is not promoted: a canary that says nothing of itself, and a Prometheus that is gone."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.e2e.keeping import taken_back
from tests.e2e.platform import Platform
from tests.e2e.proxies import Proxy

OVERLAY = "k8s/overlays/dev"
FILLED = "  - ../../transformers\n"  # with this installation's values
AFTER_THAT = "  - another-prometheus.yaml\n"
ANOTHER = """\
apiVersion: builtin
kind: PatchTransformer
metadata: {{name: another-prometheus}}
target: {{kind: AnalysisTemplate, name: errors|latency|watch}}
patch: |-
  - op: replace
    path: /spec/metrics/0/provider/prometheus/address
    value: {address}
"""


def test_a_canary_that_is_not_measured_stays_where_it_is(whole: Platform) -> None:
    with whole.turns.at("dev"), taken_back(whole, "dev", "nobody saw what it does"):
        good = whole.stable("dev")
        whole.release("3.0.0-silent", {"FAULT": "silent"})
        whole.until(lambda: "Inconclusive" in measured(whole, "dev", "errors"), told="the first measurement")
        time.sleep(30)
        phases, weight = measured(whole, "dev", "errors"), whole.weight("dev")
        assert whole.act("dev", "abort").code == 0
        whole.until(lambda: whole.phase("dev") == "Degraded")
        stable = whole.stable("dev")
        whole.evidence("measuring-silent", phases=phases, weight=weight)

    assert phases == {"Inconclusive"}
    assert (weight, stable) == (50, good)


def test_a_prometheus_that_goes_during_the_analysis_ends_the_release(whole: Platform) -> None:
    with (
        whole.turns.at("dev"),
        prometheus_of_dev(whole) as prometheus,
        taken_back(whole, "dev", "nobody could measure it"),
    ):
        good = whole.stable("dev")
        whole.release("3.1.0")
        whole.until(lambda: whole.weight("dev") == 50, told="50 %")
        whole.until(lambda: "Successful" in measured(whole, "dev", "errors", watching=True), told="it was there")
        prometheus.close()
        whole.until(lambda: whole.phase("dev") == "Degraded", told="aborted")
        phases, outcome = measured(whole, "dev", "errors"), whole.wait("dev")
        weight, stable = whole.weight("dev"), whole.stable("dev")
        whole.evidence("measuring-gone", weight=weight, phases=phases, told=outcome.document["error"]["message"])

    assert outcome.code == 5, outcome
    assert "assessed Error" in outcome.document["error"]["message"], outcome
    assert phases == {"Error"}
    assert (weight, stable) == (0, good)


def measured(whole: Platform, environment: str, metric: str, *, watching: bool = False) -> set[str]:
    """Return the phases of what was measured of the newest version, of one metric: by steps, or in the background."""
    hash_ = whole.rollout(environment)["status"]["currentPodHash"]
    return {
        measurement["phase"]
        for run in whole.get("analysisruns", environment)["items"]
        if run["metadata"]["labels"].get("rollouts-pod-template-hash") == hash_
        # What watches in the background promotes nothing, and belongs to no step.
        and ("step-index" in run["metadata"]["labels"]) is not watching
        for result in run.get("status", {}).get("metricResults", [])
        if result["name"] == metric
        for measurement in result.get("measurements", [])
    }


@contextmanager
def prometheus_of_dev(whole: Platform) -> Iterator[Proxy]:
    """Have dev alone ask Prometheus through a proxy on this machine, as git says, until the block ends.

    Of the templates it is the first metric that asks there, which of all of them is `errors` or `latency`.
    """
    if "PROMETHEUS" not in os.environ:
        pytest.skip("left out: PROMETHEUS is not set, and it is made to disappear")
    target = urlsplit(os.environ["PROMETHEUS"])
    assert target.hostname
    path = f"{OVERLAY}/kustomization.yaml"
    proxy = Proxy((target.hostname, target.port or 80), _address_towards(target.hostname))
    another = ANOTHER.format(address=f"http://{proxy.host}:{proxy.port}")
    text = whole.world.read(path)
    assert FILLED in text
    whole.world.commit(
        "chore(dev): ask another Prometheus",
        {path: text.replace(FILLED, FILLED + AFTER_THAT), f"{OVERLAY}/another-prometheus.yaml": another},
    )
    try:
        yield proxy
    finally:
        proxy.close()
        text = whole.world.read(path)
        whole.world.commit("chore(dev): ask the usual one", {path: text.replace(AFTER_THAT, "")})
        whole.refresh("dev")


def _address_towards(host: str) -> str:
    """Return the address of this machine that `host` sees."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect((host, 9))
        return str(asked.getsockname()[0])
