"""Reads a JSON object from a request, each member as the text it was sent in."""

import json
import re
from collections.abc import Iterator

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service.errors import Malformed

LIMIT_BYTES = 1024 * 1024
DEPTH_LIMIT = 256
"""By feel: more than people nest, and well under what Python's and PostgreSQL's parsers can stack."""

_MEDIA_TYPE = re.compile(r"application/(json|[!#$&^_.+a-z0-9-]+\+json)")
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def _refuse(constant: str) -> None:
    raise Malformed("body", f"{constant} is not JSON")


# The values are only walked over, so numbers need no making: int() refuses long ones, float() makes 1e999 infinite.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=len, parse_float=len)


def members(request: Request, *, required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the JSON text of each member of the object that is the request's body.

    Raises UnsupportedMediaType, RequestEntityTooLarge over 1 MiB, and Malformed: no UTF-8, no JSON, no object, a
    member missing, unknown or there twice.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if not _MEDIA_TYPE.fullmatch(request.mimetype) or charset != "utf-8":
        raise UnsupportedMediaType("Content-Type: must be application/json")
    text = _text(received(request))
    found: dict[str, str] = {}
    try:
        for name, value in _walk(text):
            if name in found:
                raise Malformed(name, "is there twice")
            if name not in required | optional:
                raise Malformed(_shown(name), "is no member this request has")
            found[name] = value
    except json.JSONDecodeError as error:
        raise Malformed("body", f"is not JSON: {error}") from None
    for name in sorted(required - found.keys()):
        raise Malformed(name, "is missing")
    return found


def received(request: Request) -> bytes:
    """Return the body. Raises RequestEntityTooLarge over 1 MiB, Malformed where the client sent no whole one."""
    try:
        sent = request.get_data()
    except (ParseException, OSError):  # gunicorn reads chunks as they come, and so notices only here
        raise Malformed("body", "is not sent in the chunks that its headers announce") from None
    if len(sent) > LIMIT_BYTES:
        raise RequestEntityTooLarge
    return sent


def string(name: str, text: str) -> str:
    """Return the string that `text` is the JSON of. Raises Malformed for any other value."""
    value = json.loads(text) if text.startswith('"') else None
    if not isinstance(value, str):
        raise Malformed(name, "must be a string")
    return value


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("body", "is not UTF-8") from None
    depth = deepest = 0
    for bracket in re.findall(r"[\[{}\]]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEPTH_LIMIT:
        raise Malformed("body", f"is nested deeper than {DEPTH_LIMIT} levels")
    return text


def _walk(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value text of each member of the object `text`. Raises JSONDecodeError, and Malformed."""
    start = _skip(text, 0)
    if text[start : start + 1] != "{":
        _, end = _DECODER.raw_decode(text, start)
        _end(text, end)
        raise Malformed("body", "must be a JSON object")
    position = _skip(text, start + 1)
    if text[position : position + 1] == "}":
        position += 1
    else:
        more = True
        while more:
            position = _skip(text, position)
            _expect('"', text, position)
            name, position = _DECODER.raw_decode(text, position)
            start = _skip(text, _expect(":", text, _skip(text, position)))
            _, end = _DECODER.raw_decode(text, start)
            yield name, text[start:end]
            position = _skip(text, end)
            more = text[position : position + 1] == ","
            position = position + 1 if more else _expect("}", text, position)
    _end(text, position)


def _end(text: str, position: int) -> None:
    position = _skip(text, position)
    if position != len(text):
        raise json.JSONDecodeError("Extra data", text, position)


def _expect(character: str, text: str, position: int) -> int:
    if text[position : position + 1] != character:
        raise json.JSONDecodeError(f"Expecting {character}", text, position)
    return position + 1


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _shown(name: str) -> str:
    """Return a name from outside short enough, and plain enough, to be repeated."""
    return json.dumps(name[:64])
