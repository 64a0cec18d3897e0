"""What the queries are to say, worked out in Python from the same series, after Prometheus' documentation."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from canary import sprt
from canary.sprt import Counts, Trial
from tests.canary.worlds import SCRAPE_S, STALE, Series, Value

LOOKBACK_S: Final = 300
UNCOUNTED: Final = {"/healthz", "/readyz", "/health", "/version", "/metrics"}

Labels = Mapping[str, str]
Wanted = Callable[[Labels], bool]


def is_error(labels: Labels) -> bool:
    return labels["__name__"] == "http_requests_total" and labels["status"].startswith("5")


def is_request(labels: Labels) -> bool:
    return labels["__name__"] == "http_requests_total"


def is_timed(labels: Labels) -> bool:
    return labels["__name__"] == "http_request_duration_seconds_count"


def is_fast(labels: Labels) -> bool:
    return labels["__name__"] == "http_request_duration_seconds_bucket" and labels["le"] == "0.5"


@dataclass(frozen=True)
class Prometheus:
    """The series, and what can be asked of them for one namespace and two versions."""

    series: Series
    namespace: str
    canary: str
    stable: str

    def score(self, test: Trial, at_s: int, *, lately: bool = False) -> float | None:
        """Return the score of all that the canary has answered until 15 s before, or of the last five minutes of it."""
        errors = test.name == "errors"
        canary = self._canary(at_s - 15, errors=errors, known_s=at_s)
        if lately:
            before = self._canary(at_s - 315, errors=errors, known_s=at_s)
            canary = Counts(canary.bad - before.bad, canary.others - before.others)
        requests, good = (is_request, _no_error) if errors else (is_timed, is_fast)
        many, others = (self._increase(at_s, wanted, lately=lately) for wanted in (requests, good))
        return test.score(canary, Counts(many - others, others), sprt.MORE if lately else sprt.LESS)

    def _canary(self, at_s: int, *, errors: bool, known_s: int) -> Counts:
        if errors:
            return Counts(*(self._highest(at_s, wanted, known_s) for wanted in (is_error, _no_error)))
        timed, fast = (self._highest(at_s, wanted, known_s) for wanted in (is_timed, is_fast))
        return Counts(timed - fast, fast)

    def _highest(self, at_s: int, wanted: Wanted, known_s: int) -> float:
        """Sum the highest values of the last hour, of the canary's pods that are known."""
        known = self._known(known_s)
        return sum(
            max((float(value) for value in self._between(values, at_s - 3600, at_s)), default=0.0)
            for labels, values in self._of(self.canary, wanted)
            if labels["pod"] in known
        )

    def _increase(self, at_s: int, wanted: Wanted, *, lately: bool) -> float:
        """Sum by how much each stable pod's counts went up: the subquery of every 10 s, extrapolated."""
        window_s, step_s = 330 if lately else 7200, 10
        total = 0.0
        first_s = -((window_s - at_s) // step_s) * step_s if at_s > window_s else 0
        for counters in self._pods(wanted).values():
            points = []
            for moment_s in range(first_s, at_s + 1, step_s):
                found = [value for one in counters if (value := _lookup(one, moment_s)) is not None]
                if found and (lately or self._known(moment_s)):
                    points.append((float(moment_s), sum(found)))
            total += _increase([point for point in points if point[0] >= at_s - window_s], at_s - window_s, at_s)
        return total

    def _pods(self, wanted: Wanted) -> dict[str, list[Sequence[Value]]]:
        pods: dict[str, list[Sequence[Value]]] = defaultdict(list)
        for labels, values in self._of(self.stable, wanted):
            pods[labels["pod"]].append(values)
        return pods

    def _known(self, at_s: int) -> set[str]:
        """Name the canary's pods that Prometheus would scrape."""
        found = self._of(self.canary, lambda labels: labels["__name__"] == "up", probes=True)
        return {labels["pod"] for labels, values in found if _lookup(values, at_s) is not None}

    def _of(self, version: str, wanted: Wanted, *, probes: bool = False) -> list[tuple[Labels, Sequence[Value]]]:
        return [
            (labels, values)
            for name, values in self.series.items()
            if (labels := _labels(name))["rollouts_pod_template_hash"] == version
            and labels["namespace"] == self.namespace
            and wanted(labels)
            and (probes or labels["route"] not in UNCOUNTED)
        ]

    def _between(self, values: Sequence[Value], begin_s: int, end_s: int) -> list[float]:
        first, last = max(0, -(-begin_s // SCRAPE_S)), end_s // SCRAPE_S
        return [float(value) for value in values[first : last + 1] if value not in (None, STALE)] if last >= 0 else []


def _no_error(labels: Labels) -> bool:
    return is_request(labels) and not is_error(labels)


def _labels(name: str) -> Labels:
    metric, _, rest = name.partition("{")
    return {"__name__": metric, **dict(re.findall(r'(\w+)="([^"]*)"', rest))}


def _lookup(values: Sequence[Value], at_s: int) -> float | None:
    """Return the last value at `at_s`, unless it is over five minutes old or the series has ended."""
    last = min(at_s // SCRAPE_S, len(values) - 1)
    for index in range(last, max(-1, last - LOOKBACK_S // SCRAPE_S), -1):
        if values[index] is not None:
            return None if values[index] == STALE else float(values[index] or 0)
    return None


def _increase(points: Sequence[tuple[float, float]], begin_s: float, end_s: float) -> float:
    """Do what PromQL's increase() does: https://prometheus.io/docs/prometheus/latest/querying/functions/#increase."""
    if len(points) < 2:
        return 0.0
    (first_s, first), (last_s, last) = points[0], points[-1]
    gain = last - first + sum(one for (_, one), (_, other) in pairwise(points) if other < one)
    lasted_s = last_s - first_s
    usual_s = lasted_s / (len(points) - 1)
    before_s, after_s = first_s - begin_s, end_s - last_s
    if gain > 0 and first >= 0:
        before_s = min(before_s, lasted_s * first / gain)
    reach_s = lasted_s
    for gap_s in (before_s, after_s):
        reach_s += gap_s if gap_s < 1.1 * usual_s else usual_s / 2
    return gain * reach_s / lasted_s
