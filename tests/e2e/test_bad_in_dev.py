"""Builds that are bad in one way each: dev stops them by itself, and its users keep the old one."""

import pytest

from tests.e2e.keeping import kept
from tests.e2e.platform import Platform


@pytest.mark.parametrize(
    ("fault", "named"),
    [("slow", "latency"), ("crash", "can't find its configuration")],
)
def test_a_bad_build_does_not_become_stable(whole: Platform, fault: str, named: str) -> None:
    with whole.turns.at("dev"), kept(whole, "dev", fault) as load:
        whole.release(f"2.0.0-{fault}", {"FAULT": fault})
        outcome = whole.wait("dev")

        assert outcome.code == 5, outcome
        assert named in outcome.document["error"]["message"], outcome
    assert load.failed == 0, load.told()


def test_a_migration_that_fails_starts_no_pod(whole: Platform) -> None:
    with whole.turns.at("dev"), kept(whole, "dev", "migration") as load:
        artifact = whole.release("2.0.0-migration", migration="0003_divide_by_zero")
        outcome = whole.wait("dev")

        assert outcome.code == 5, outcome
        assert "service-migrate" in outcome.document["error"]["message"], outcome
        assert artifact.partition("@")[2] not in whole.digests("dev")
    assert load.failed == 0, load.told()
