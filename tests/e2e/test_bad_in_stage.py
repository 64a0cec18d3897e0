"""A version that never gets ready in stage; in dev it does, but for a registry that is away."""

from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.keeping import kept
from tests.e2e.load import Load
from tests.e2e.platform import Platform
from tests.e2e.programs import programs_here


@dataclass(frozen=True)
class Delayed:
    """A release to dev, whose image could not be had at first, where that can be."""

    artifact: str
    load: Load


@pytest.fixture(scope="module")
def in_dev(whole: Platform) -> Delayed:
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
    return Delayed(artifact, load)


@pytest.mark.usefixtures("programs")
def test_a_registry_that_is_away_delays_a_release_and_does_not_break_it(whole: Platform, in_dev: Delayed) -> None:
    assert whole.proven("dev", in_dev.artifact)
    assert in_dev.load.failed == 0, in_dev.load.told()


def test_a_version_that_never_gets_ready_gets_no_user(whole: Platform, in_dev: Delayed) -> None:
    with whole.turns.at("stage"), kept(whole, "stage", "never-ready") as load:
        whole.deliver("stage", in_dev.artifact)
        outcome = whole.wait("stage")

        assert outcome.code == 5, outcome
        assert "timed out progressing" in outcome.document["error"]["message"], outcome
    # It answers all but /readyz well: what shows that nobody was sent to it is the digest of /version.
    assert load.digests[in_dev.artifact.partition("@")[2]] == 0
    assert load.failed == 0, load.told()
