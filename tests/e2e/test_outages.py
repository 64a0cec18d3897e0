"""What breaks while nobody releases: users notice as little as can be, and it mends itself or shows."""

import time

from tests.e2e.places import kubectl
from tests.e2e.platform import ENVIRONMENTS, Platform
from tests.e2e.programs import Programs


def test_a_database_that_is_out_of_reach_costs_its_outage_and_no_pod(whole: Platform) -> None:
    with whole.turns.at("stage"):
        whole.until(lambda: whole.phase("stage") == "Healthy", told="the release before is over")
        restarts = whole.restarts("stage")
        with whole.users("stage") as load:
            with whole.without_database("stage"):
                load.pause(8)
            gone = load.failed
            whole.until(load.answers_well, seconds=30, told="it came back")
            load.pause(5)
        after, phase = whole.restarts("stage"), whole.phase("stage")
    whole.evidence("fault-database", load)

    assert gone > 0, "nobody noticed"
    # No pod was restarted, and none is new; an autoscaler may have taken some away.
    assert after.items() <= restarts.items()
    assert phase == "Healthy"


def test_a_pod_that_is_killed_is_replaced(whole: Platform) -> None:
    with whole.turns.at("stage"), whole.users("stage") as load:
        pods = whole.pods("stage")
        kubectl("delete", "pod", pods[0], "--namespace", "service-stage", "--grace-period", "0", "--force")
        whole.until(lambda: pods[0] not in whole.pods("stage") and whole.ready("stage") >= len(pods), told="replaced")
    whole.evidence("fault-pod", load)

    assert load.share_failed < 0.01, load.told()


def test_drift_by_hand_is_healed_in_dev_and_shown_in_prod(whole: Platform) -> None:
    with whole.turns.at("dev", "prod"):
        for environment in ("dev", "prod"):
            kubectl(
                "patch", "hpa/service", "--namespace", f"service-{environment}", "--type", "merge",
                "--patch", '{"spec": {"maxReplicas": 7}}',
            )  # fmt: skip

        whole.until(lambda: whole.synced("prod") == "OutOfSync", seconds=60, told="prod shows it")
        whole.until(lambda: whole.get("hpa", "dev", "service")["spec"]["maxReplicas"] == 4, seconds=60, told="healed")
        time.sleep(15)
        left = whole.get("hpa", "prod", "service")["spec"]["maxReplicas"]
        whole.evidence("fault-drift")
        assert whole.sync("prod").code == 0
        whole.until(lambda: whole.synced("prod") == "Synced")

    assert left == 7


def test_a_database_server_that_is_killed_is_used_again_once_it_is_back(whole: Platform, programs: Programs) -> None:
    with whole.turns.at(*ENVIRONMENTS), whole.users("prod") as load:
        restarts = {one: whole.restarts(one) for one in ENVIRONMENTS}
        load.pause(2)
        with programs.killed("postgres"):
            load.pause(5)
        gone = load.failed
        whole.until(load.answers_well, seconds=30, told="it came back")
        load.pause(2)
        after = {one: whole.restarts(one) for one in ENVIRONMENTS}
    whole.evidence("fault-database-server", load)

    assert gone > 0, "nobody noticed"
    assert all(after[one].items() <= restarts[one].items() for one in ENVIRONMENTS)
