"""What can't be measured is not promoted: a canary that says nothing of itself, and a Prometheus that is gone."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.e2e.keeping import taken_back
from tests.e2e.platform import Platform
from tests.e2e.proxies import Proxy
from tests.tagbump.world import Outcome

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


@dataclass(frozen=True)
class Unmeasured:
    """A release that says nothing of itself, and what became of it: with a Prometheus, and once that was gone."""

    good: str
    """The version before."""
    unmeasured: tuple[set[str], int, str]
    """What the analysis said, the canary's weight, and the version that counted as good: half a minute later."""
    gone: tuple[set[str], int, str]
    outcome: Outcome
    """What `tagbump wait` said in the end."""


@pytest.fixture(scope="module")
def silent(whole: Platform) -> Unmeasured:
    with (
        whole.turns.at("dev"),
        prometheus_of_dev(whole) as prometheus,
        taken_back(whole, "dev", "nobody saw what it does"),
    ):
        good = whole.stable("dev")
        whole.release("3.0.0-silent", {"FAULT": "silent"})
        # By the proxy: that Prometheus has no data, it has to say.
        whole.until(lambda: "Inconclusive" in measured(whole, "dev"), told="the first measurement")
        time.sleep(30)
        before = measured(whole, "dev"), whole.weight("dev"), whole.stable("dev")
        whole.evidence("measuring-silent", phases=before[0], weight=before[1])
        prometheus.close()
        whole.until(lambda: whole.phase("dev") == "Degraded", told="aborted")
        after, outcome = measured(whole, "dev"), whole.wait("dev")
        gone = after, whole.weight("dev"), whole.stable("dev")
        whole.evidence("measuring-gone", phases=after, weight=gone[1], told=outcome.document["error"]["message"])
    return Unmeasured(good, before, gone, outcome)


def test_a_canary_that_is_not_measured_stays_where_it_is(silent: Unmeasured) -> None:
    assert silent.unmeasured == ({"Inconclusive"}, 50, silent.good)


def test_a_prometheus_that_goes_during_the_analysis_ends_the_release(silent: Unmeasured) -> None:
    assert silent.outcome.code == 5, silent.outcome
    assert "assessed Error" in silent.outcome.document["error"]["message"], silent.outcome
    assert silent.gone == ({"Inconclusive", "Error"}, 0, silent.good)


def measured(whole: Platform, environment: str) -> set[str]:
    """Return the phases of what a step has measured of the newest version's errors."""
    hash_ = whole.rollout(environment)["status"]["currentPodHash"]
    return {
        measurement["phase"]
        for run in whole.get("analysisruns", environment)["items"]
        if run["metadata"]["labels"].get("rollouts-pod-template-hash") == hash_
        # What watches in the background promotes nothing, and belongs to no step.
        and "step-index" in run["metadata"]["labels"]
        for result in run.get("status", {}).get("metricResults", [])
        if result["name"] == "errors"
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
