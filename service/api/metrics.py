"""Counts and durations of requests, for Prometheus."""

import os

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# A label takes the values of a short list: a client that invents methods and paths must not invent time series.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "From the request's head to the answer's.",
            ["method", "route"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )

    def observe(self, method: str, route: str | None, status: int, duration_s: float) -> None:
        """Count one answered request. `route` is the rule that matched, or None."""
        method = method if method in METHODS else "OTHER"
        self._requests.labels(method, route or UNMATCHED, str(status)).inc()
        self._durations.labels(method, route or UNMATCHED).observe(duration_s)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format, those of the other workers included."""
        registry = self._registry
        # The client library's own switch: it made the counters above files in this directory, one a worker.
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def blueprint(metrics: Metrics) -> Blueprint:
    """Return the path Prometheus scrapes."""
    paths = Blueprint("metrics", __name__)

    @paths.get("/metrics")
    def show() -> ResponseReturnValue:
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return paths
