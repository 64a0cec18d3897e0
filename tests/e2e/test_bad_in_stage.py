"""A version that works in dev and not in stage, where its settings are others: it gets no user."""

from tests.e2e.keeping import kept, promoted
from tests.e2e.platform import Platform


def test_a_version_that_never_gets_ready_gets_no_user(whole: Platform) -> None:
    with whole.turns.at("dev"):
        artifact = whole.release("2.1.0-never-ready", {"FAULT": "never-ready", "FAULT_IN": "stage"})
        whole.live("dev")

    with whole.turns.at("stage"), kept(whole, "stage", "never-ready") as load:
        promoted(whole, "stage", artifact)
        outcome = whole.wait("stage")

        assert outcome.code == 5, outcome
    assert load.failed == 0, load.told()
