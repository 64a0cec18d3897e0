"""What can't be measured is not promoted: a canary that says nothing of itself."""

import time

from tests.e2e.keeping import taken_back
from tests.e2e.measuring import measured
from tests.e2e.platform import Platform


def test_a_canary_that_is_not_measured_stays_where_it_is(whole: Platform) -> None:
    with whole.turns.at("dev"), taken_back(whole, "dev", "nobody saw what it does"):
        good = whole.stable("dev")
        whole.release("3.0.0-silent", {"FAULT": "silent"})
        whole.until(lambda: "Inconclusive" in measured(whole, "dev", "errors"), told="the first measurement")
        time.sleep(30)
        phases, weight = measured(whole, "dev", "errors"), whole.weight("dev")
        assert whole.act("dev", "abort").code == 0
        whole.until(lambda: whole.phase("dev") == "Degraded")
        stable = whole.stable("dev")
        whole.evidence("measuring-silent", phases=phases, weight=weight)

    assert phases == {"Inconclusive"}
    assert (weight, stable) == (50, good)
