"""Configuration entries: /config, and /data for those who hold a number."""

import json
import re

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from service.api import body, etags
from service.api.context import context
from service.api.times import rfc3339
from service.errors import Malformed, NotFound
from service.model import ConfigKey, Entry, JsonText

PAGE_DEFAULT = 100
PAGE_LIMIT = 1000
BIGINT_LIMIT = 2**63

blueprint = Blueprint("entries", __name__)


@blueprint.post("/config")
def put() -> ResponseReturnValue:
    """Write an entry: 201 new, 200 replaced, 412 when If-Match or If-None-Match does not hold."""
    sent = body.members(request, required={"key", "value"})
    key = ConfigKey(body.string("key", sent["key"]))
    entry, created = context().entries.put(key, JsonText(sent["value"]), etags.preconditions(request))
    return _answer(entry, 201 if created else 200)


@blueprint.get("/config")
def page() -> ResponseReturnValue:
    """List entries by key."""
    prefix, after = request.args.get("prefix", ""), request.args.get("after", "")
    if "\0" in prefix + after:
        raise Malformed("prefix and after", "no key has a NUL character")
    found = context().entries.page(prefix=prefix, after=after, limit=_limit())
    items = ",".join(as_json(entry) for entry in found.items)
    return Response(f'{{"items":[{items}],"next":{json.dumps(found.next)}}}', content_type="application/json")


@blueprint.get("/config/<config_key:key>")
def show(key: str) -> ResponseReturnValue:
    """Answer 200 with the entry, 304 when If-None-Match names its version, or 404."""
    return _show(context().entries.get(_key(key)))


@blueprint.delete("/config/<config_key:key>")
def delete(key: str) -> ResponseReturnValue:
    """Answer 204 when the entry is gone, 404 when there was none, 412 when If-Match does not hold."""
    context().entries.delete(_key(key), etags.preconditions(request))
    return _empty(204)


@blueprint.get("/data/<number>")
def show_by_id(number: str) -> ResponseReturnValue:
    """Answer 200 with the entry of that number, 304 as above, or 404."""
    if not re.fullmatch("[0-9]{1,19}", number) or int(number) >= BIGINT_LIMIT:
        raise NotFound(f"id: there is no entry {number}")
    return _show(context().entries.get_by_id(int(number)))


def as_json(entry: Entry) -> str:
    """Return the entry's JSON, its value exactly as it was sent."""
    return (
        f'{{"id":{entry.id},"key":"{entry.key}","value":{entry.value},'
        f'"version":{entry.version},"updated_at":"{rfc3339(entry.updated_at)}"}}'
    )


def _answer(entry: Entry, status: int) -> Response:
    answer = Response(as_json(entry), status, content_type="application/json")
    answer.headers["ETag"] = etags.tag(entry.version)
    return answer


def _show(entry: Entry) -> Response:
    known = etags.preconditions(request).if_none_match
    if known and known.match(entry.version):
        answer = _empty(304)
        answer.headers["ETag"] = etags.tag(entry.version)
        return answer
    return _answer(entry, 200)


def _empty(status: int) -> Response:
    """Return an answer without content, and so without a type of it."""
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def _key(text: str) -> ConfigKey:
    """Return the key a path names. Raises NotFound: what can be no key is a path where nothing is."""
    try:
        return ConfigKey(text)
    except Malformed:
        raise NotFound(f"key: there is no entry {text}") from None


def _limit() -> int:
    text = request.args.get("limit", str(PAGE_DEFAULT))
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= PAGE_LIMIT:
        raise Malformed("limit", f"must be a number from 1 to {PAGE_LIMIT}")
    return int(text)
