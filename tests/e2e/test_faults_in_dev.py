"""Things that break at the worst moment: nobody's release is lost, and the platform finds its way back."""

import time

import pytest

from tests.e2e.places import kubectl
from tests.e2e.platform import AUTHOR, Platform
from tests.e2e.programs import Programs

pytestmark = pytest.mark.timeout(1500)


def test_a_database_that_is_gone_for_a_while_costs_its_outage_and_no_pod(whole: Platform) -> None:
    restarts = whole.restarts("stage")
    with whole.users("stage") as load:
        with whole.without_database("stage"):
            load.pause(8)
        gone = load.failed
        whole.until(load.answers_well, seconds=30, told="it came back")
        load.pause(5)
    whole.evidence("fault-database", load)

    assert gone > 0, "nobody noticed"
    assert whole.restarts("stage") == restarts
    assert whole.phase("stage") == "Healthy"


def test_a_pod_that_is_killed_is_replaced(whole: Platform) -> None:
    pods = whole.pods("stage")
    with whole.users("stage") as load:
        kubectl("delete", "pod", pods[0], "--namespace", "service-stage", "--grace-period", "0", "--force")
        whole.until(lambda: pods[0] not in whole.pods("stage") and whole.ready("stage") >= len(pods), told="replaced")
    whole.evidence("fault-pod", load)

    assert load.share_failed < 0.01, load.told()


def test_a_registry_that_is_away_delays_a_release_and_does_not_break_it(whole: Platform, programs: Programs) -> None:
    with whole.users("dev") as load:
        artifact = whole.bump("5.0.0")
        with programs.unreachable(5000):
            whole.refresh("dev")
            whole.until(lambda: "ImagePullBackOff" in whole.waiting("dev"), told="a pod can't pull")
        whole.live("dev")
    whole.evidence("fault-registry", load)

    assert artifact.partition("@")[2] in whole.digests("dev")
    assert load.failed == 0, load.told()


def test_argo_cd_that_restarts_half_way_goes_on(whole: Platform, programs: Programs) -> None:
    with whole.users("dev") as load:
        artifact = whole.release("5.1.0")
        whole.until(lambda: whole.phase("dev") == "Progressing", told="under way")
        programs.restart("argocd-controller")
        whole.live("dev")
    whole.evidence("fault-argocd", load)

    assert artifact.partition("@")[2] in whole.digests("dev")
    assert load.failed == 0, load.told()


def test_a_second_release_during_a_rollout_is_refused(whole: Platform) -> None:
    first = whole.release("5.2.0")
    whole.until(lambda: whole.phase("dev") == "Progressing", told="under way")
    source = whole.world.commit("feat: what makes 5.3.0", by=AUTHOR)

    refused = whole.world.json("bump", "dev", whole.builds.build("5.3.0", source), "--source", source)

    whole.live("dev")
    whole.evidence("fault-second")
    assert (refused.code, refused.kind) == (3, "progressing"), refused
    assert whole.artifact("dev") == first


def test_drift_by_hand_is_healed_in_dev_and_shown_in_prod(whole: Platform) -> None:
    for environment in ("dev", "prod"):
        kubectl(
            "patch", "hpa/service", "--namespace", f"service-{environment}", "--type", "merge",
            "--patch", '{"spec": {"maxReplicas": 7}}',
        )  # fmt: skip

    whole.until(lambda: whole.synced("prod") == "OutOfSync", seconds=60, told="prod shows it")
    whole.until(lambda: whole.get("hpa", "dev", "service")["spec"]["maxReplicas"] == 4, seconds=60, told="dev heals")
    time.sleep(15)
    left = whole.get("hpa", "prod", "service")["spec"]["maxReplicas"]
    whole.evidence("fault-drift")
    assert whole.sync("prod").code == 0
    whole.until(lambda: whole.synced("prod") == "Synced")

    assert left == 7
