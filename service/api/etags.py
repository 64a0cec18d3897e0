"""Versions as entity tags, and the headers that name them."""

import re

from flask import Request
from werkzeug.http import parse_etags

from service.model import Preconditions, Tags

_VERSION = re.compile(r"[1-9][0-9]{0,17}")  # within PostgreSQL's bigint


def tag(version: int) -> str:
    """Return the strong tag of a version."""
    return f'"{version}"'


def preconditions(request: Request) -> Preconditions:
    """Return what If-Match and If-None-Match ask for."""
    return Preconditions(
        if_match=_tags(request, "If-Match", weak=False), if_none_match=_tags(request, "If-None-Match", weak=True)
    )


def _tags(request: Request, header: str, *, weak: bool) -> Tags | None:
    """Return the header's tags, or None when it was not sent. A header of nonsense was sent, and matches nothing.

    If-Match compares strongly, so a weak tag (a proxy made it of ours) is no licence to write.
    """
    if header not in request.headers:
        return None
    sent = parse_etags(request.headers[header])
    texts = sent.as_set(include_weak=weak)
    return Tags(anything=sent.star_tag, versions=frozenset(int(text) for text in texts if _VERSION.fullmatch(text)))
