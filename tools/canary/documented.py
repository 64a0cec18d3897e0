"""The fixed threshold of Argo Rollouts' documentation ("Background Analysis"), on the same traffic. Pure.

Its AnalysisTemplate `success-rate` asks for 95 % every five minutes, measured by irate: over the last two scrapes. More
than three measurements below that end the rollout, which otherwise is promoted when its pauses are over: three of ten
minutes, from the step on that the analysis begins with.
"""

from typing import Final

from canary.chances import Steady
from canary.rollouts import Outcome

LEAST: Final = 0.95
FAILURE_LIMIT: Final = 3
INTERVAL_S: Final = 300
LASTS_S: Final = 1800
SCRAPE_S: Final = 15  # by feel; Prometheus' own default of a minute would serve it better, and ours of 5 s worse


def play(canary: Steady, answers_a_s: float) -> Outcome:
    """Lead a canary that gives so many answers a second through it."""
    requests = failed = 0
    seen, unseen = round(SCRAPE_S * answers_a_s), round((INTERVAL_S - SCRAPE_S) * answers_a_s)
    for _ in range(0, LASTS_S + 1, INTERVAL_S):
        requests += seen
        if canary.take(seen) > (1 - LEAST) * seen:
            failed += 1
        if failed > FAILURE_LIMIT:
            return Outcome("failed", requests)
        requests += unseen
        canary.take(unseen)
    return Outcome("promoted", requests)
