"""What takes more than one environment at once: drift by hand, and a database server that dies."""

import time

from tests.e2e.places import kubectl
from tests.e2e.platform import ENVIRONMENTS, Platform
from tests.e2e.programs import Programs


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
