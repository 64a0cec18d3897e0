"""One id for each request, in its answer, its errors and its log lines."""

import re
import uuid

from flask import g, has_request_context
from werkzeug.datastructures import Headers

_GRAMMAR = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACE_ROOT = re.compile(r"(?:^|;)\s*Root=([^;\s]*)")


def choose(headers: Headers) -> str:
    """Return the client's X-Request-Id when it is well formed, else the load balancer's trace id, else a new one."""
    sent = headers.get("X-Request-Id", "")
    if _GRAMMAR.fullmatch(sent):
        return sent
    root = _TRACE_ROOT.search(headers.get("X-Amzn-Trace-Id", ""))
    if root and _GRAMMAR.fullmatch(root[1]):
        return root[1]
    return uuid.uuid4().hex


def current() -> str | None:
    """Return the id of the request being served, or None between requests."""
    return g.get("request_id") if has_request_context() else None
