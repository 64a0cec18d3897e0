"""A version that is bad in one way each: stopped by itself, its users kept on the old one, and git brought in line."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.load import Load
from tests.e2e.platform import Platform

pytestmark = pytest.mark.timeout(1500)


@contextmanager
def kept(whole: Platform, environment: str, name: str, *, rate: float = 60) -> Iterator[Load]:
    """Have users in `environment` while something bad is released: in the end they have what they had before."""
    before, had = whole.artifact(environment), whole.stable(environment)
    with whole.users(environment, rate=rate) as load:
        yield load
        whole.until(lambda: whole.weight(environment) == 0, told="the traffic went back")
        assert whole.stable(environment) == had
    whole.evidence(f"bad-{name}", load)
    whole.rollback(environment, f"{name}: see the analysis")
    if environment != "dev":
        whole.until(lambda: whole.synced(environment) == "OutOfSync", seconds=60, told="Argo CD has seen the rollback")
        assert whole.sync(environment).code == 0
    assert whole.artifact(environment) == before
    whole.live(environment)


def steps(whole: Platform, environment: str) -> set[str]:
    """Return the numbers of the steps whose analysis the newest version has seen."""
    newest = whole.rollout(environment)["status"]["currentPodHash"]
    labels = [one["metadata"]["labels"] for one in whole.get("analysisruns.argoproj.io", environment)["items"]]
    return {
        one["step-index"] for one in labels if one.get("rollouts-pod-template-hash") == newest and "step-index" in one
    }


def test_five_errors_in_a_hundred_are_stopped_in_prod_at_the_first_weight(whole: Platform) -> None:
    artifact = whole.release("2.0.0-errors", {"FAULT": "errors", "FAULT_AT": whole.host("prod")})
    whole.live("dev")
    whole.promote("stage")
    assert whole.sync("stage").code == 0
    whole.live("stage")

    with kept(whole, "prod", "errors", rate=120) as load:
        whole.promote("prod")
        assert whole.sync("prod").code == 0
        outcome = whole.wait("prod")

        assert outcome.code == 5, outcome
        assert "errors" in outcome.document["error"]["message"]
        assert steps(whole, "prod") == {"1", "4"}, "it got as far as the analysis at 5 %, and no further"
    assert load.share_failed < 0.01, load.told()
    refused = whole.world.json("promote", "prod", "--artifact", artifact, "--approved-by", "Grace <grace@example.com>")
    assert refused.kind == "rolled-back"


@pytest.mark.parametrize(
    ("fault", "named"),
    [("slow", "latency"), ("crash", "can't find its configuration")],
)
def test_a_bad_build_does_not_become_stable_in_dev(whole: Platform, fault: str, named: str) -> None:
    with kept(whole, "dev", fault) as load:
        whole.release(f"2.0.0-{fault}", {"FAULT": fault})
        outcome = whole.wait("dev")

        assert outcome.code == 5, outcome
        assert named in outcome.document["error"]["message"], outcome
    assert load.failed == 0, load.told()


def test_a_migration_that_fails_starts_no_pod(whole: Platform) -> None:
    with kept(whole, "dev", "migration") as load:
        artifact = whole.release("2.0.0-migration", migration="0003_divide_by_zero")
        outcome = whole.wait("dev")

        assert outcome.code == 5, outcome
        assert "service-migrate" in outcome.document["error"]["message"], outcome
        assert artifact.partition("@")[2] not in whole.digests("dev")
    assert load.failed == 0, load.told()


def test_a_version_that_never_gets_ready_gets_no_user(whole: Platform) -> None:
    with kept(whole, "dev", "never-ready", rate=20) as load:
        whole.release("2.0.0-never-ready", {"FAULT": "never-ready"})
        outcome = whole.wait("dev")

        assert outcome.code == 5, outcome
    assert load.failed == 0, load.told()
