"""Does with the canary once what users do all day, before any of them is sent to it: python3 -m service.release.smoke

A Job of the analysis `smoke`. It asks the canary's own Service, so it sees the new version alone.
"""

import json
import os
import secrets
import sys
from contextlib import closing

from service.release.canary import Asker, address, wait_for

READY_S = 30.0
URL = "https://example.com/smoke"
# One link and one key for ever: links can't be deleted, and of a deleted key its version stays.
NAME = "smoke-test"


class SmokeFailed(Exception):
    """An answer is not what it must be."""


class _Taken(SmokeFailed):
    """What was written is not what is read. Somebody else may have written to that name."""


def main() -> None:
    """Exit with 0 when every answer was right, else with 1 and the one that was not."""
    with closing(Asker(address(os.environ.get("STABLE", "")))) as asker:
        wait_for(asker, "/readyz", seconds=READY_S)
        try:
            told = check(asker, os.environ.get("IMAGE", ""))
        except (SmokeFailed, OSError) as error:
            sys.exit(f"smoke: {error}")
    sys.stderr.write(f"smoke: {told}: what users do works\n")


def check(asker: Asker, image: str) -> str:
    """Ask for everything once, and return the artifact that answered, which must be `image`. Raises SmokeFailed."""
    found = _json(asker, "GET", "/version", None, 200)
    artifact = f"{found['image']}:{found['tag']}@{found['digest']}"
    if artifact != image:
        raise SmokeFailed(f"GET /version: {artifact} answers, and not {image}")
    for works in (_entry, _link):
        try:
            works(asker, NAME)
        except _Taken:  # by somebody else, perhaps: what is nobody's tells
            works(asker, f"{NAME}-{secrets.token_hex(8)}")
    return artifact


def _entry(asker: Asker, key: str) -> None:
    value = secrets.token_hex(8)
    _json(asker, "POST", "/config", {"key": key, "value": value}, 201, 200)  # 200: one that was killed left it
    try:
        read = _json(asker, "GET", f"/config/{key}", None, 200)
        if read["value"] != value:
            raise _Taken(f"GET /config/{key}: {read['value']!r}, and not {value!r} as written")
    finally:
        _status(asker, "DELETE", f"/config/{key}", None, 204)


def _link(asker: Asker, key: str) -> None:
    _status(asker, "POST", "/shorten", {"url": URL, "key": key}, 201, 409)  # 409: an earlier release made it
    headers = _status(asker, "GET", f"/{key}", None, 302)[0]
    if headers.get("location") != URL:
        raise _Taken(f"GET /{key}: leads to {headers.get('location')}, and not to {URL}")


def _json(asker: Asker, method: str, path: str, body: object, *wanted: int) -> dict[str, str]:
    text = _status(asker, method, path, body, *wanted)[1]
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SmokeFailed(f"{method} {path}: no JSON object: {text[:200]!r}")
    return found


def _status(asker: Asker, method: str, path: str, body: object, *wanted: int) -> tuple[dict[str, str], bytes]:
    status, headers, text = asker.ask(method, path, body)
    if status not in wanted:
        raise SmokeFailed(f"{method} {path}: {status}, and not {wanted[0]}: {text.decode('utf-8', 'replace')[:200]}")
    return dict(headers), text


if __name__ == "__main__":
    main()
