"""What is noted of each request: its id, its line in the log, its place in the metrics."""

import logging
import time

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from service.api import request_ids
from service.api.body import LIMIT_BYTES, received
from service.api.context import context
from service.api.routing import template

log = logging.getLogger("service.access")


def register(app: Flask) -> None:
    """Note every request `app` answers."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began_s = time.perf_counter()
    g.request_id = request_ids.choose(request.headers)
    # Views that read no body would never notice a long one.
    if (request.content_length or 0) > LIMIT_BYTES:
        raise RequestEntityTooLarge
    if "Transfer-Encoding" in request.headers:
        received(request)  # in chunks, only reading tells how long it is


def _end(answer: Response) -> Response:
    answer.headers["X-Request-Id"] = g.request_id
    answer.headers["X-Content-Type-Options"] = "nosniff"
    duration_s = time.perf_counter() - g.began_s
    route = template(request.url_rule.rule) if request.url_rule else None
    context().metrics.observe(request.method, route, answer.status_code, duration_s)
    # Neither path nor query: keys, values and whatever a client puts there belong in no log.
    noted = {
        "method": request.method,
        "route": route,
        "status": answer.status_code,
        "duration_ms": round(duration_s * 1000, 3),
        "client": request.remote_addr,
    }
    log.info("answered", extra={"noted": noted})
    return answer
