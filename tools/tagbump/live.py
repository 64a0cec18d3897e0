"""Asks a running service over HTTP whether it is ready, and which artifact it is."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlsplit

from tagbump.model import Artifact, Check

TIMEOUT_S: Final = 5  # for one answer; a service that needs longer to say that it is ready is not
_MAX_BYTES: Final = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A login page answers 200 at the end of a redirect: only the address itself speaks for the service.
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_NoRedirect)


def address(url: str) -> str:
    """Return `url` without a trailing slash. Raises ValueError for what is no plain http or https address."""
    unsafe = "@" in url or any(ord(c) <= 32 or ord(c) == 127 for c in url)
    if unsafe or not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise ValueError("an address begins with http:// or https://, and carries no blanks and no credentials")
    return url.rstrip("/")


def look(url: str, artifact: Artifact) -> tuple[Check, Check]:
    """Return what the service at `url` says: whether it is ready, and whether it is `artifact`."""
    return _ready(url), _version(url, artifact)


def _ready(url: str) -> Check:
    status, body = _get(f"{url}/readyz")
    if status == 200:
        return Check("readyz", ok=True, detail=f"{url}/readyz answers 200")
    return Check("readyz", ok=False, detail=f"{url}/readyz {f'answers {status}' if status else body}")


def _version(url: str, artifact: Artifact) -> Check:
    status, body = _get(f"{url}/version")
    if status != 200:
        return Check("version", ok=False, detail=f"{url}/version {f'answers {status}' if status else body}")
    try:
        digest = json.loads(body)["digest"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Check("version", ok=False, detail=f"{url}/version names no digest")
    if digest != artifact.digest:
        return Check("version", ok=False, detail=f"{url}/version names {str(digest)[:80]!r}, not {artifact.digest}")
    return Check("version", ok=True, detail=f"{url}/version names {artifact.digest}")


def _get(url: str) -> tuple[int, str]:
    """Return the status and the body; status 0 and the reason where there was no answer."""
    headers = {"Accept": "application/json", "User-Agent": "tagbump"}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - address() lets http and https through
        with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
            return answer.status, answer.read(_MAX_BYTES).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        return 0, f"does not answer: {getattr(error, 'reason', error)}"
