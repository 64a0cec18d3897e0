"""What the analyses do to a canary, worked out and not played: beside a stable version that is better than p0. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from canary import sprt
from canary.sprt import Trial

_NEGLIGIBLE: Final = 1e-15


@dataclass(frozen=True)
class Chances:
    """How likely a rollout is failed and promoted, and within how many answers half of all rollouts are failed."""

    failed: float
    promoted: float
    median: int | None


def chances(trial: Trial, share: float, every: int, *, analyses: int = 3, most: int = 20_000) -> Chances:
    """Follow every way that a canary with this share of bad answers can go, with a look `every` so many.

    Only the number of its bad answers matters, so a way is that number and its chance. Nobody waits for a person, and
    the last five minutes are not looked at.
    """
    ways = {0: 1.0}
    failed = promoted = 0.0
    median = None
    for requests in range(1, most + 1):
        ways = _one_more(ways, share)
        if requests % every == 0:
            failing, passing, ways = _looked_at(ways, trial, requests, analyses)
            failed, promoted = failed + failing, promoted + passing
            if median is None and failed >= 0.5:
                median = requests
        if not ways:
            break
    return Chances(failed, promoted, median)


def _one_more(ways: dict[int, float], share: float) -> dict[int, float]:
    after: defaultdict[int, float] = defaultdict(float)
    for bad, chance in ways.items():
        after[bad] += chance * (1 - share)
        after[bad + 1] += chance * share
    return after


def _looked_at(
    ways: dict[int, float], trial: Trial, requests: int, analyses: int
) -> tuple[float, float, dict[int, float]]:
    """Return the chances to fail and to pass at a look, and the ways that go on."""
    weight_of_bad, weight_of_other = trial.weights(trial.good)
    failed = passed = 0.0
    going_on = {}
    for bad, chance in ways.items():
        score = bad * weight_of_bad + (requests - bad) * weight_of_other
        if score >= trial.fail:
            failed += chance
        elif score <= -sprt.PASS * analyses:
            passed += chance
        elif chance > _NEGLIGIBLE:
            going_on[bad] = chance
    return failed, passed, going_on
