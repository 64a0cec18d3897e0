"""One artifact from a merged commit to prod: deployed, proven, approved, and never a request lost on the way."""

import pytest

from tests.e2e.load import Load
from tests.e2e.platform import ENVIRONMENTS, Platform

pytestmark = pytest.mark.timeout(1500)


def split(load: Load, digest: str) -> float:
    """Return which share of the users gets the artifact with that digest, in per cent, once enough have asked."""
    load.forget()
    while sum(load.digests.values()) < 600:
        load.pause(0.5)
    return 100 * load.share_of(digest)


def test_a_merged_commit_is_built_released_and_proven_in_dev(whole: Platform) -> None:
    with whole.users("dev") as load:
        artifact = whole.release("1.1.0")
        whole.live("dev")

    whole.evidence("delivery-dev", load)
    assert artifact.partition("@")[2] in whole.digests("dev")
    assert whole.proven("dev", artifact)
    assert load.failed == 0, load.wrong


def test_a_promotion_waits_for_the_approvers_sync_and_resume_and_loses_no_request(whole: Platform) -> None:
    artifact = whole.artifact("dev")
    digest = artifact.partition("@")[2]
    before = whole.digests("prod")
    shares: dict[str, float] = {}
    with whole.users("stage", rate=20) as stage, whole.users("prod", rate=120) as prod:
        whole.promote("stage")
        whole.until(lambda: whole.synced("stage") == "OutOfSync", seconds=60)
        assert whole.wait("stage", timeout="20s").document["state"] == "needs-sync"
        for account in ("ci", "reader"):
            assert whole.sync("stage", account=account).denied
        assert whole.sync("stage").code == 0
        whole.live("stage")

        whole.promote("prod")
        whole.until(lambda: whole.synced("prod") == "OutOfSync", seconds=60)
        assert whole.digests("prod") == before, "prod was deployed before anybody approved"
        assert whole.sync("prod").code == 0
        whole.until(lambda: whole.weight("prod") == 5, told="5 %")
        shares["5 %"] = split(prod, digest)
        whole.until(lambda: whole.phase("prod") == "Paused", told="the pause at 25 %")
        shares["25 %"] = split(prod, digest)
        assert whole.wait("prod", timeout="20s").document["state"] == "needs-resume"
        for account in ("ci", "reader"):
            assert whole.act("prod", "resume", account=account).denied
        assert whole.act("prod", "resume").code == 0
        whole.until(lambda: whole.weight("prod") == 50, told="50 %")
        shares["50 %"] = split(prod, digest)
        whole.live("prod")

    whole.evidence("delivery-prod", stage, prod, shares=shares)
    assert {one: whole.artifact(one) for one in ENVIRONMENTS} == dict.fromkeys(ENVIRONMENTS, artifact)
    assert digest in whole.digests("dev") & whole.digests("stage") & whole.digests("prod")
    assert 1 <= shares["5 %"] <= 11, shares
    assert 17 <= shares["25 %"] <= 33, shares
    assert 40 <= shares["50 %"] <= 60, shares
    assert (stage.failed, prod.failed) == (0, 0), (stage.wrong, prod.wrong)
