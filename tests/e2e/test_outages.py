"""What breaks while nobody releases: users notice as little as can be, and it mends itself."""

from tests.e2e.places import kubectl
from tests.e2e.platform import Platform


def test_a_database_that_is_out_of_reach_costs_its_outage_and_no_pod(whole: Platform) -> None:
    with whole.turns.at("prod"):
        whole.until(lambda: whole.phase("prod") == "Healthy", told="the release before is over")
        restarts = whole.restarts("prod")
        with whole.users("prod") as load:
            with whole.without_database("prod"):
                load.pause(35)  # longer than a liveness probe that fails lets a pod live
            gone = load.failed
            whole.until(load.answers_well, seconds=30, told="it came back")
            load.pause(5)
        after = whole.restarts("prod")
        whole.until(lambda: whole.phase("prod") == "Healthy", seconds=60, told="nobody had to do anything")
    whole.evidence("fault-database", load)

    assert gone > 0, "nobody noticed"
    # No pod was restarted, and none is new; an autoscaler may have taken some away.
    assert after
    assert after.items() <= restarts.items()


def test_a_pod_that_is_killed_is_replaced(whole: Platform) -> None:
    with whole.turns.at("prod"), whole.users("prod") as load:
        pods = whole.pods("prod")
        kubectl("delete", "pod", pods[0], "--namespace", "service-prod", "--grace-period", "0", "--force")
        whole.until(lambda: pods[0] not in whole.pods("prod") and whole.ready("prod") >= len(pods), told="replaced")
        whole.until(lambda: whole.at_rest("prod"), told="whole again, so that the next may promote")
    whole.evidence("fault-pod", load)

    assert load.share_failed < 0.01, load.told()
