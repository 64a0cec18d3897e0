"""Pods that answer requests and are scraped: what Prometheus has of them, as series."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

SCRAPE_S: Final = 5
STALE: Final = "stale"
"""What Prometheus notes where a series ends."""

Value = float | str | None
Series = Mapping[str, Sequence[Value]]
"""A value at each scrape from 0 s on: None where there is none, STALE at the first one after the last."""


@dataclass(frozen=True)
class Answer:
    """One answer of a pod, `at_s` after the beginning."""

    at_s: float
    status: str = "200"
    route: str = "/{key}"
    slow: bool = False


@dataclass(frozen=True)
class Pod:
    """A pod that is scraped from `born_s` until `gone_s`; a restart takes 10 s and begins to count anew."""

    name: str
    version: str
    answers: Sequence[Answer] = ()
    born_s: float = 0
    gone_s: float = 1e9
    restarts_s: Sequence[float] = ()
    missed_s: Sequence[float] = field(default=())
    namespace: str = "service-prod"

    @property
    def labels(self) -> str:
        return f'namespace="{self.namespace}",pod="{self.name}",rollouts_pod_template_hash="{self.version}"'

    def is_known(self, at_s: float) -> bool:
        """Whether Prometheus would scrape it."""
        return self.born_s <= at_s < self.gone_s

    def is_scraped(self, at_s: float) -> bool:
        down = any(begin <= at_s < begin + 10 for begin in self.restarts_s)
        return self.is_known(at_s) and at_s not in self.missed_s and not down

    def series(self, until_s: float) -> dict[str, list[Value]]:
        """Return all that its scrapes told until then."""
        times = [float(at_s) for at_s in range(0, int(until_s) + 1, SCRAPE_S)]
        found: dict[str, list[Value]] = {f"up{{{self.labels}}}": self._up(times)}
        for key, moments in self._moments().items():
            values: list[Value] = []
            for at_s in times:
                count = self._count(moments, at_s) if self.is_scraped(at_s) else 0
                values.append(count or None)
            found[f"{key[0]}{{{self.labels},{key[1]}}}"] = _ended(values)
        return found

    def _up(self, times: Sequence[float]) -> list[Value]:
        return _ended([float(self.is_scraped(at_s)) if self.is_known(at_s) else None for at_s in times])

    def _count(self, moments: Sequence[float], at_s: float) -> int:
        """Count what happened between the last start and then."""
        start_s = max((begin for begin in self.restarts_s if begin <= at_s), default=-1.0)
        return bisect_right(moments, at_s) - bisect_right(moments, start_s)

    def _moments(self) -> dict[tuple[str, str], list[float]]:
        """Return by metric and labels when each counter went up."""
        moments: dict[tuple[str, str], list[float]] = defaultdict(list)
        for one in sorted(self.answers, key=lambda one: one.at_s):
            where = f'method="GET",route="{one.route}"'
            moments["http_requests_total", f'{where},status="{one.status}"'].append(one.at_s)
            moments["http_request_duration_seconds_count", where].append(one.at_s)
            for bound, below in (("0.25", False), ("0.5", not one.slow), ("+Inf", True)):
                if below:
                    moments["http_request_duration_seconds_bucket", f'{where},le="{bound}"'].append(one.at_s)
        return moments


def series(pods: Iterable[Pod], until_s: float) -> dict[str, list[Value]]:
    """Return the series of all pods."""
    return {name: values for pod in pods for name, values in pod.series(until_s).items()}


def series_by_the_second(pods: Iterable[Pod], until_s: int, scraped_s: Mapping[str, int]) -> dict[str, list[Value]]:
    """Return the series with a value or None for each second: a version is scraped at `scraped_s`, and each 5 s."""
    between: list[Value] = [None] * (SCRAPE_S - 1)
    found: dict[str, list[Value]] = {}
    for pod in pods:
        late_s = scraped_s[pod.version] % SCRAPE_S
        answered = [replace(one, at_s=one.at_s - late_s) for one in pod.answers]
        earlier = replace(pod, answers=answered, born_s=pod.born_s - late_s)
        for name, values in earlier.series(until_s - late_s).items():
            found[name] = [*[None] * late_s, *(second for value in values for second in (value, *between))]
    return found


def answers(count: int, begin_s: float, end_s: float, **what: str | bool) -> list[Answer]:
    """Return so many answers, spread evenly from `begin_s` to before `end_s`."""
    step_s = (end_s - begin_s) / count if count else 0.0
    return [Answer(begin_s + step_s * number, **what) for number in range(count)]  # type: ignore[arg-type]


def _ended(values: list[Value]) -> list[Value]:
    """Mark where it ends, each time that it does."""
    return [
        STALE if value is None and before not in (None, STALE) else value
        for before, value in zip([None, *values], values, strict=False)
    ]
