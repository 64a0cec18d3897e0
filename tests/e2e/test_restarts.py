"""No request is lost to a pod that goes."""

import os
from functools import partial

import pytest

from tests.e2e.platform import Platform

RESTARTS = int(os.environ.get("E2E_RESTARTS", "5"))


@pytest.mark.timeout(2400 + 180 * RESTARTS)
def test_rolling_restarts_lose_no_request(whole: Platform) -> None:
    with whole.turns.at("stage"), whole.users("stage", most=1_000_000) as load:
        for _ in range(RESTARTS):
            before = set(whole.pods("stage"))
            whole.restart("stage")
            whole.until(partial(replaced, whole, before), told="all pods are new")

    whole.evidence("restarts", load, restarts=RESTARTS)
    assert load.failed == 0, load.told()


def replaced(whole: Platform, before: set[str]) -> bool:
    """Say whether no pod is left that was there `before`, and as many are ready as the autoscaler wants."""
    return not before & set(whole.pods("stage")) and whole.ready("stage") >= whole.rollout("stage")["spec"]["replicas"]
