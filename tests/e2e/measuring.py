"""What analyses have measured, and a Prometheus for one environment that can be made to disappear."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.e2e.platform import Platform
from tests.e2e.proxies import Proxy

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
def prometheus_of(whole: Platform, environment: str) -> Iterator[Proxy]:
    """Have git say, until the block ends, that one environment asks PROMETHEUS through a proxy on this machine.

    The sync that brings a release brings that too. Of the templates it is the first metric that asks there, which of
    all of them is `errors` or `latency`.
    """
    overlay = f"k8s/overlays/{environment}"
    target = urlsplit(os.environ["PROMETHEUS"])
    assert target.hostname
    path = f"{overlay}/kustomization.yaml"
    proxy = Proxy((target.hostname, target.port or 80), _address_towards(target.hostname))
    another = ANOTHER.format(address=f"http://{proxy.host}:{proxy.port}")
    text = whole.world.read(path)
    assert FILLED in text
    whole.world.commit(
        f"chore({environment}): ask another Prometheus",
        {path: text.replace(FILLED, FILLED + AFTER_THAT), f"{overlay}/another-prometheus.yaml": another},
    )
    try:
        yield proxy
    finally:
        proxy.close()
        text = whole.world.read(path)
        whole.world.commit(f"chore({environment}): ask the usual one", {path: text.replace(AFTER_THAT, "")})


def _address_towards(host: str) -> str:
    """Return the address of this machine that `host` sees."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect((host, 9))
        return str(asked.getsockname()[0])
