"""A version that never gets ready in stage. In dev it does, though its image could not be had at first."""

from contextlib import ExitStack

import pytest

from tests.e2e.keeping import kept
from tests.e2e.load import Load
from tests.e2e.platform import Platform
from tests.e2e.programs import programs_here


@pytest.fixture(scope="module")
def in_dev(whole: Platform) -> tuple[str, Load]:
    """The artifact, released while the registry was away where that can be, and what dev's users saw."""
    programs = programs_here()
    with whole.turns.at("dev"), whole.users("dev", rate=20) as load:
        artifact = whole.bump("2.1.0-never-ready", {"FAULT": "never-ready", "FAULT_IN": "stage"})
        with ExitStack() as away:
            if programs is not None:
                away.enter_context(whole.turns.at("cluster"))
                away.enter_context(programs.unreachable(5000))
            whole.refresh("dev")
            if programs is not None:
                whole.until(lambda: "ImagePullBackOff" in whole.waiting("dev"), told="a pod can't pull")
        whole.live("dev")
        whole.evidence("fault-registry", load)
    return artifact, load


@pytest.mark.usefixtures("programs")
def test_a_registry_that_is_away_delays_a_release_and_does_not_break_it(
    whole: Platform, in_dev: tuple[str, Load]
) -> None:
    artifact, load = in_dev
    assert whole.proven("dev", artifact)
    assert load.failed == 0, load.told()


def test_a_version_that_never_gets_ready_gets_no_user(whole: Platform, in_dev: tuple[str, Load]) -> None:
    with whole.turns.at("stage"), kept(whole, "stage", "never-ready") as load:
        whole.deliver("stage", in_dev[0])
        outcome = whole.wait("stage")

        assert outcome.code == 5, outcome
        assert "timed out progressing" in outcome.document["error"]["message"], outcome
    # It answers all but /readyz well: what shows that nobody was sent to it is the digest of /version.
    assert load.digests[in_dev[0].partition("@")[2]] == 0
    assert load.failed == 0, load.told()
