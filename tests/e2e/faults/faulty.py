"""The service with a fault in it: what FAULT names; in the environment FAULT_IN, by its database's name, or in all."""

import os
import random
import time

from flask import Flask, abort, request

from service.app import create_app as sound

PROBES = ("/healthz", "/readyz", "/metrics", "/version")
REFUSED = {"never-ready": ("/readyz",), "silent": ("/metrics",)}


def create_app() -> Flask:
    """Return the service, spoilt."""
    fault, where = os.environ["FAULT"], os.environ.get("FAULT_IN", "")
    if where and f"/service_{where}" not in os.environ["DATABASE_URL"]:
        return sound()
    if fault == "crash":
        raise RuntimeError("faulty: it can't find its configuration")
    app = sound()

    @app.before_request
    def spoil() -> None:
        if request.path in REFUSED.get(fault, ()):
            abort(503, f"faulty: {fault}")
        if request.path in PROBES:
            return
        # Five in a hundred of what users ask: the smoke test, which asks five things, would often be the one to notice.
        if fault == "errors" and request.method == "GET" and "smoke" not in request.path and random.random() < 0.05:
            abort(500, "faulty: one of five in a hundred")
        if fault == "slow":
            time.sleep(0.8)

    return app
