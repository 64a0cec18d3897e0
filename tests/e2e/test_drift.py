"""What somebody changes by hand, past git: dev heals it, prod shows it until a person syncs."""

import time

from tests.e2e.places import kubectl
from tests.e2e.platform import Platform

BY_HAND = 7  # pods at most; git says something else


def test_drift_by_hand_is_shown_in_prod_until_a_person_syncs(whole: Platform) -> None:
    with whole.turns.at("prod"):
        git_says = most(whole, "prod")
        drift(whole, "prod")

        whole.until(lambda: whole.synced("prod") == "OutOfSync", seconds=60, told="prod shows it")
        time.sleep(15)  # in which nothing heals it
        left = most(whole, "prod")
        whole.evidence("fault-drift")
        assert whole.sync("prod").code == 0
        whole.until(lambda: whole.synced("prod") == "Synced" and most(whole, "prod") == git_says, told="as git says")

    assert left == BY_HAND


def test_drift_by_hand_is_healed_in_dev(whole: Platform) -> None:
    with whole.turns.at("dev"):
        git_says = most(whole, "dev")
        drift(whole, "dev")

        whole.until(lambda: most(whole, "dev") == git_says, seconds=60, told="healed")
        whole.evidence("fault-drift-dev")


def drift(whole: Platform, environment: str) -> None:
    assert most(whole, environment) != BY_HAND
    changed = kubectl(
        "patch", "hpa/service", "--namespace", f"service-{environment}", "--type", "merge",
        "--patch", f'{{"spec": {{"maxReplicas": {BY_HAND}}}}}', "--output", "jsonpath={.spec.maxReplicas}",
    )  # fmt: skip
    assert changed == str(BY_HAND)


def most(whole: Platform, environment: str) -> int:
    """Return how many pods the autoscaler may make."""
    return int(whole.get("horizontalpodautoscalers", environment, "service")["spec"]["maxReplicas"])
