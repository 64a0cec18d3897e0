"""gunicorn's threaded worker, with our manners."""

import json
import logging
import select
import traceback
import uuid
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from service.api.context import of

log = logging.getLogger(__name__)

TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes takes a container's last words from; there in a pod alone."""
_LAST_WORDS = 2000  # characters; Kubernetes keeps 4 kB

# What a client sent that is not HTTP never reaches Flask; the rest of gunicorn's errors are its bugs, or ours.
STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ParseException: HTTPStatus.BAD_REQUEST,
}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Tells /readyz that it is stopping, and answers what is not HTTP in the shape of our errors."""

    wsgi: Any = None
    """The application, once it is made. gunicorn has no such attribute before, and may be told to end before."""

    def load_wsgi(self) -> None:
        """Make the application. Where that fails, say why in the pod's state.

        Kubernetes would take the end of the log, 2 kB, which is full of what gunicorn says of its workers.
        """
        try:
            super().load_wsgi()
        except (Exception, SystemExit) as error:
            if TERMINATION_LOG.is_file():
                with suppress(OSError):
                    TERMINATION_LOG.write_text("".join(traceback.format_exception_only(error)).strip()[:_LAST_WORDS])
            raise

    def handle_exit(self, sig: int, frame: object) -> None:
        """On SIGTERM: fail /readyz from now on, finish what runs, end."""
        if self.wsgi is not None:
            of(self.wsgi).stopping.set()
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """At the end, take who is already connected and close the door behind them.

        gunicorn keeps the socket open until its last request is done: clients would go on connecting, wait, and be
        reset. Refused at once, they go to the next pod.
        """
        accepting = self._accepting
        super().set_accept_enabled(enabled)
        if accepting and not enabled and not self.alive:
            for listener in self.sockets:
                while select.select([listener], [], [], 0)[0]:
                    self.accept(listener)
                listener.close()

    def handle_error(self, _req: object, client: Any, _addr: object, exc: Exception) -> None:
        """Answer with a problem, and log the kind of error but nothing of what was sent: it may hold secrets."""
        status = next((status for kind, status in STATUSES.items() if isinstance(exc, kind)), None)
        request_id = uuid.uuid4().hex
        noted = {"request_id": request_id, "status": int(status or 500), "error": type(exc).__name__}
        if status is None:
            log.error("a bug", exc_info=exc, extra={"noted": noted})
        else:
            log.warning("not HTTP", extra={"noted": noted})
        try:
            util.write_nonblock(client, _answer(status or HTTPStatus.INTERNAL_SERVER_ERROR, request_id))
        except OSError:
            log.debug("the client has left")


def _answer(status: HTTPStatus, request_id: str) -> bytes:
    body = json.dumps(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": "the request is not one this server can read",
            "request_id": request_id,
        }
    )
    return (
        f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"X-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
