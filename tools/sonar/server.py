"""SonarQube's API: the one door. A token is sent in a header, and stands in no address, no message and no log."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from sonar.gate import Change, Condition, Found

TIMEOUT_S: Final = 30
_PAGE: Final = 500


class Unanswered(Exception):
    """The server did not do what it was asked; `str()` of it says what, and what to do."""


def is_http(address: str) -> bool:
    """Say whether `address` is one that can be asked over HTTP."""
    return urllib.parse.urlsplit(address).scheme in ("http", "https")


class Server:
    """A SonarQube, and who asks it."""

    def __init__(self, address: str, user: str, password: str) -> None:
        """`address` is one of HTTP. A token goes into `user`, with an empty password."""
        self._address = address.rstrip("/")
        self._sign_in = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def found(self, name: str) -> Found:
        """Return what there is of the gate `name`. Raises Unanswered."""
        gates = self._list("qualitygates", "api/qualitygates/list")
        ours = next((gate for gate in gates if gate["name"] == name), None)
        if ours is None:
            return Found(exists=False, default=False, conditions=(), projects=())
        shown = self.ask("api/qualitygates/show", name=name)
        search = {"gateName": name, "selected": "selected", "pageSize": str(_PAGE)}
        return Found(
            exists=True,
            default=bool(ours.get("isDefault")),
            conditions=tuple(
                (str(one["id"]), Condition(one["metric"], one["op"], one["error"]))
                for one in shown.get("conditions", [])
            ),
            projects=tuple(one["key"] for one in self._list("results", "api/qualitygates/search", **search)),
        )

    def ensure_project(self, key: str) -> None:
        """Make the project `key` where it is not there yet: a gate is given to projects alone. Raises Unanswered."""
        if not self._list("components", "api/projects/search", projects=key):
            self.carry_out(Change(f"make the project {key}", "api/projects/create", (("project", key), ("name", key))))

    def carry_out(self, change: Change) -> None:
        """Do one step. Raises Unanswered."""
        self._send(change.path, dict(change.form), change.says)

    def ask(self, path: str, **query: str) -> Any:
        """Return what is answered to a question. Raises Unanswered, also where it is not SonarQube that answers."""
        try:
            answer = json.loads(self._send(f"{path}?{urllib.parse.urlencode(query)}", None, f"ask {path}"))
        except ValueError:
            raise self._another(path) from None
        if not isinstance(answer, dict):
            raise self._another(path)
        return answer

    def _list(self, name: str, path: str, **query: str) -> list[Any]:
        """Return what an answer has under `name`. Raises Unanswered."""
        found = self.ask(path, **query).get(name)
        if not isinstance(found, list):
            raise self._another(path)
        return found

    def _another(self, path: str) -> Unanswered:
        return Unanswered(f"ask {path}: what answers at {self._address} is no SonarQube; is SONAR_HOST_URL right?")

    def _send(self, path: str, form: Mapping[str, str] | None, doing: str) -> bytes:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            f"{self._address}/{path}", data=body, headers={"Authorization": self._sign_in}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise Unanswered(f"{doing}: {_reason(error)}") from error
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise Unanswered(f"{doing}: {self._address} does not answer: {reason}; is SONAR_HOST_URL right?") from error


def _reason(error: urllib.error.HTTPError) -> str:
    if error.code == 401:
        return "not signed in: SONAR_TOKEN, or SONAR_USER and SONAR_PASSWORD, are none that the server knows"
    if error.code == 403:
        return "not permitted: it takes `Administer Quality Gates`, and `Create Projects` for a new project"
    try:
        said = json.loads(error.read())["errors"][0]["msg"]
    except (ValueError, LookupError, TypeError):
        said = "no reason given"
    return f"{error.code}: {said}"
