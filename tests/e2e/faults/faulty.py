"""The service with a fault in it: what FAULT names, for the requests to the host FAULT_AT, or all of them."""

import os
import random
import sys
import time

from flask import Flask, abort, request

from service.app import create_app as sound

PROBES = ("/healthz", "/readyz", "/metrics", "/version")


def create_app() -> Flask:
    """Return the service, spoilt."""
    fault, at = os.environ["FAULT"], os.environ.get("FAULT_AT", "")
    if fault == "crash":
        sys.exit("faulty: it can't find its configuration")
    app = sound()

    @app.before_request
    def spoil() -> None:
        if fault == "never-ready" and request.path == "/readyz":
            abort(503, "faulty: it never gets ready")
        if request.path in PROBES or (at and request.host != at):
            return
        if fault == "errors" and random.random() < 0.05:  # five in a hundred
            abort(500, "faulty: one of five in a hundred")
        if fault == "slow":
            time.sleep(0.8)

    return app
