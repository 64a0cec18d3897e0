"""A SonarQube that knows nothing but gates: what its API answers about them, kept in memory."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "squ_only-this-one"


@dataclass
class Gates:
    """What the server has."""

    conditions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By the gate's name, then by the condition's id."""
    gate_of: dict[str, str] = field(default_factory=dict)
    """By the key of a project; "" where it has the default's."""
    default: str = "Sonar way"
    permits: bool = True
    instead: bytes | None = None
    """What is answered by another server in its place; None where it answers itself."""
    asked: list[str] = field(default_factory=list)
    """The paths that changed something, in order."""

    def of(self, name: str) -> dict[str, str]:
        """The conditions of a gate, as gate.yaml writes them."""
        return {one["metric"]: f"{one['op']} {one['error']}" for one in self.conditions[name].values()}

    def ask(self, path: str, query: dict[str, str]) -> Any:
        """What is answered to a question."""
        match path:
            case "api/qualitygates/list":
                return {"qualitygates": [{"name": name, "isDefault": name == self.default} for name in self.conditions]}
            case "api/qualitygates/show":
                found = self.conditions[query["name"]]
                return {"conditions": [{"id": number, **one} for number, one in found.items()]}
            case "api/qualitygates/search":
                keys = [key for key, gate in self.gate_of.items() if gate == query["gateName"]]
                return {"results": [{"key": key} for key in keys]}
            case "api/projects/search":
                return {"components": [{"key": key} for key in self.gate_of if key == query["projects"]]}
        raise LookupError(path)

    def change(self, path: str, form: dict[str, str]) -> None:
        """Do what is posted, and note that it was."""
        changes: dict[str, Callable[[dict[str, str]], None]] = {
            "api/projects/create": lambda form: self.gate_of.update({form["project"]: ""}),
            "api/qualitygates/create": self._create,
            "api/qualitygates/create_condition": self._add,
            "api/qualitygates/update_condition": lambda form: self._having(form["id"]).update({form.pop("id"): form}),
            "api/qualitygates/delete_condition": lambda form: self._having(form["id"]).__delitem__(form["id"]),
            "api/qualitygates/select": lambda form: self.gate_of.update({form["projectKey"]: form["gateName"]}),
            "api/qualitygates/deselect": lambda form: self.gate_of.update({form["projectKey"]: ""}),
            "api/qualitygates/set_as_default": lambda form: setattr(self, "default", form["name"]),
        }
        changes[path](form)
        self.asked.append(path)

    def _create(self, form: dict[str, str]) -> None:
        """Make a gate, which begins with conditions that nobody asked for."""
        self.conditions[form["name"]] = {"0": {"metric": "new_violations", "op": "GT", "error": "0"}}

    def _add(self, form: dict[str, str]) -> None:
        conditions = self.conditions[form.pop("gateName")]
        conditions[str(len(self.asked))] = form

    def _having(self, number: str) -> dict[str, dict[str, str]]:
        return next(found for found in self.conditions.values() if number in found)


class _Handler(BaseHTTPRequestHandler):
    gates: Gates

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        self._answer(lambda: self.gates.ask(place.path[1:], dict(parse_qsl(place.query))))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.gates.permits:
            self._answer(lambda: self.gates.change(self.path[1:], dict(parse_qsl(body))))
        else:
            self._say(403, {"errors": [{"msg": "Insufficient privileges"}]})

    def _answer(self, make: Callable[[], Any]) -> None:
        signed = base64.b64encode(f"{TOKEN}:".encode()).decode()
        if self.headers["Authorization"] != f"Basic {signed}":
            return self._say(401, {})
        try:
            return self._say(200, make())
        except (LookupError, StopIteration) as error:
            return self._say(404, {"errors": [{"msg": f"no {error}"}]})

    def _say(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode() if self.gates.instead is None else self.gates.instead
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Keep quiet."""


@contextmanager
def served(gates: Gates) -> Iterator[str]:
    """Serve `gates`, and lend the address."""
    handler = type("Handler", (_Handler,), {"gates": gates})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
