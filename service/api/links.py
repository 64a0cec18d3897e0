"""Short links: /shorten, /{key} and /links/{key}/stats."""

import json
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from service.api import body
from service.api.context import context
from service.api.routing import reserved_words
from service.api.times import rfc3339
from service.domain import links
from service.errors import Malformed, NotFound
from service.model import LinkKey

blueprint = Blueprint("links", __name__)


class ExactRedirect(Response):
    """A redirect to the URL as it is: Werkzeug would normalise it, and a signed URL would break."""

    def __init__(self, url: str) -> None:
        super().__init__(status=302)
        self._url = url

    def get_wsgi_headers(self, environ: object) -> Headers:
        """Return the headers with the Location nobody has touched."""
        # Werkzeug's type of an environ is private.
        headers = super().get_wsgi_headers(environ)  # type: ignore[arg-type]
        headers["Location"] = self._url
        return headers


@blueprint.post("/shorten")
def shorten() -> ResponseReturnValue:
    """Answer 201 with the link, 400 for a bad URL or key, 409 for a taken key, 503 when no free one was found."""
    sent = body.members(request, required={"url"}, optional=frozenset({"key"}))
    url = body.string("url", sent["url"])
    # `null` is how many clients write "none".
    asked = LinkKey(body.string("key", sent["key"])) if sent.get("key", "null") != "null" else None
    base = context().public_url or _own_url()
    key = links.shorten(
        context().links,
        context().keys,
        url,
        asked,
        reserved=reserved_words(current_app.url_map),
        own_hosts={urlsplit(base).hostname or "", urlsplit(request.host_url).hostname or ""} - {""},
    )
    answer = json.dumps({"key": key.text, "short_url": f"{base}/{key.text}", "url": url})
    return Response(answer, 201, content_type="application/json", headers={"Location": f"{base}/{key.text}"})


@blueprint.get("/links/<key>/stats")
def stats(key: str) -> ResponseReturnValue:
    """Answer 200 with the clicks so far, or 404."""
    link = context().links.get(_key(key))
    answer = json.dumps({"key": link.key, "clicks": link.clicks, "created_at": rfc3339(link.created_at)})
    return Response(answer, content_type="application/json")


# The last of all paths to be registered: see LinkKeyConverter.
@blueprint.get("/<link_key:key>")
def follow(key: str) -> ResponseReturnValue:
    """Answer 302 to the link's URL, or 404."""
    # HEAD is for looking: it goes nowhere, so it is no click.
    if request.method == "HEAD":
        return ExactRedirect(context().links.get(_key(key)).url)
    return ExactRedirect(links.follow(context().links, _key(key)).url)


def _key(text: str) -> LinkKey:
    """Return the key a path names. Raises NotFound: what can be no key is a path where nothing is."""
    try:
        return LinkKey(text)
    except Malformed:
        raise NotFound(f"key: there is no link {text}") from None


def _own_url() -> str:
    """Return scheme and host of the request. Raises Malformed when its Host header is none, or not there."""
    # Asked for the host of a request without that header, Werkzeug gives the address gunicorn listens on: 0.0.0.0.
    if "Host" not in request.headers or not request.host:
        raise Malformed("Host", "must name this service, for the short URL to begin with")
    return request.host_url.rstrip("/")
