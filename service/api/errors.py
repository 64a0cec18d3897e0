"""The one shape of every error: application/problem+json, RFC 9457."""

import json
import logging
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from service import errors
from service.api import request_ids

STATUSES: dict[type[errors.ServiceError], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.KeyTaken: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.NoFreeKey: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.WriteRefused: HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_AFTER_S = 1
# What Werkzeug would say names no part of the request.
DETAILS = {
    HTTPStatus.NOT_FOUND: "path: nothing is there",
    HTTPStatus.METHOD_NOT_ALLOWED: "method: not one of those in Allow",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body: longer than 1 MiB",
}
log = logging.getLogger(__name__)


def problem(status: int, detail: str, **more: object) -> Response:
    """Return the answer that says what is wrong; `more` are further members of the object."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_ids.current(),
        **more,
    }
    answer = Response(json.dumps(body), status, content_type="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def register(app: Flask) -> None:
    """Make every error of `app` a problem."""
    app.register_error_handler(errors.ServiceError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_nobody)


def _of_ours(error: errors.ServiceError) -> Response:
    status = STATUSES[type(error)]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("not served: %s", error)
    return problem(status, str(error))


def _of_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    answer = problem(status, DETAILS.get(status) or error.description or status.phrase)
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _of_nobody(error: Exception) -> Response:
    log.error("a bug", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a bug of the service; its log has more under this request_id")
