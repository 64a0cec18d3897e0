"""More pods when there is more to do, fewer when there is less."""

import time

from tests.e2e.platform import Platform

PATIENCE_S = 420  # scaling down waits for five minutes without a need


def test_pods_come_with_the_load_and_go_after_it(whole: Platform) -> None:
    with whole.turns.at("stage"):
        least = whole.get("horizontalpodautoscalers", "stage", "service")["spec"]["minReplicas"]
        whole.until(lambda: whole.ready("stage") == least, told="nothing before the load asked for more")
        with whole.users("stage", rate=200, senders=16) as load:
            whole.until(lambda: whole.ready("stage") > least, told="more pods")
            most = whole.ready("stage")
        whole.until(lambda: whole.at_rest("stage"), told="so that the next may promote")
        needless_since = time.time()
    # No turn, as it takes minutes: others release, and a pod that starts takes so much that it is a need too.
    while whole.rollout("stage")["spec"]["replicas"] > least or whole.ready("stage") > least:
        needless_since = max(needless_since, whole.newest("stage"))
        assert time.time() - needless_since < PATIENCE_S, "as many pods as before"
        time.sleep(1)

    whole.evidence("scaling", load, most=most)
    assert load.failed == 0, load.told()
