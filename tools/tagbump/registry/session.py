"""Asks one registry, and signs in where it asks for that: not at all, with a password, or with a token."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from tagbump.errors import Unreachable
from tagbump.registry import challenges, credentials, locations
from tagbump.registry.credentials import Credentials, Search
from tagbump.registry.locations import Location
from tagbump.registry.wire import Answer, Wire

_TOKEN_BYTES: Final = 256 * 1024  # those of Amazon and Google have 4 KiB
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


class Session:
    """Asks the registry that has the repository at `location`."""

    def __init__(self, location: Location, wire: Wire) -> None:
        """Nothing is asked yet, and nobody has signed in."""
        self._location = location
        self._wire = wire
        self._authorization: str | None = None
        self._search: Search | None = None

    def get(self, path: str, accept: str, *, most: int) -> Answer:
        """Return what is at `path` of the repository: 200 or 404, and in at most `most` bytes.

        Raises Unreachable where the registry answers something else, or nothing.
        """
        answer = self._ask(path, accept, most)
        if answer.status == 401 and self._authorization is None and self._is_its_own(answer):
            self._authorization = self._signed_in(answer)
            answer = self._ask(path, accept, most)
        if answer.status in (401, 403):
            raise self._not_permitted(answer)
        if answer.status not in (200, 404):
            raise Unreachable(f"{urlsplit(answer.url).netloc} answers {answer.status}", hint="run it again in a while")
        return answer

    def _ask(self, path: str, accept: str, most: int) -> Answer:
        headers = {"Accept": accept}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization
        return self._wire.get(f"{self._location.address}/v2/{self._location.path}/{path}", headers, most=most)

    def _is_its_own(self, answer: Answer) -> bool:
        """Say whether the registry itself answered: what it led on to is not to send us to where passwords go."""
        return locations.origin(answer.url) == locations.origin(self._location.address)

    def _signed_in(self, answer: Answer) -> str:
        """Return the `Authorization` that the challenge in `answer` asks for."""
        asked = challenges.read(answer.headers.get_all("WWW-Authenticate") or [])
        self._search = credentials.find(self._location.account, self._wire.left_s)
        found = self._search.found
        if "bearer" in asked:
            return f"Bearer {self._token(asked['bearer'], found)}"
        if "basic" in asked and found is not None and found.user is not None:
            return _basic(found)
        raise self._not_permitted(answer)

    def _token(self, asked: Mapping[str, str], found: Credentials | None) -> str:
        """Return a token to read the repository with, from the server that the challenge names."""
        realm = asked.get("realm", "")
        try:
            locations.stay_safe(self._location.address, realm)
        except ValueError as error:
            raise Unreachable(f"{self._location.host} sends for a token to an address not asked: {error}") from None
        # Our own words for what we want: a challenge may ask for more.
        wanted = {"scope": f"repository:{self._location.path}:pull"}
        if "service" in asked:
            wanted["service"] = asked["service"]
        if found is not None and found.user is None:
            form = {"grant_type": "refresh_token", "client_id": "tagbump", "refresh_token": found.secret, **wanted}
            answer = self._wire.ask(realm, {}, most=_TOKEN_BYTES, form=urlencode(form).encode())
        else:
            headers = {} if found is None else {"Authorization": _basic(found)}
            url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(wanted)}"
            answer = self._wire.ask(url, headers, most=_TOKEN_BYTES)
        if answer.status in (400, 401, 403):
            raise self._not_permitted(answer)
        if answer.status != 200:
            raise Unreachable(f"{urlsplit(realm).netloc} gives no token: it answers {answer.status}")
        return _token_in(answer)

    def _not_permitted(self, answer: Answer) -> Unreachable:
        if self._search is None:
            said = f"{urlsplit(answer.url).netloc} answers {answer.status}"
        elif self._search.found is None:
            said = f"{self._search.where} has nothing that signs in there"
        else:
            said = f"it does not take what {self._search.where} has for it"
        return Unreachable(
            f"{self._location.host} does not let {self._location.path} be read: {said}",
            hint=f"docker login {self._location.host}, as somebody who may pull {self._location.path}",
        )


def _basic(found: Credentials) -> str:
    return f"Basic {base64.b64encode(f'{found.user}:{found.secret}'.encode()).decode('ascii')}"


def _token_in(answer: Answer) -> str:
    try:
        said = json.loads(answer.body)
        token = said.get("token") or said["access_token"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        token = None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Unreachable(f"{urlsplit(answer.url).netloc} gives no token: its answer holds none")
    return token
