"""tagbump schema [VERB]."""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, Final

from tagbump.report import Report
from tagbump.values import Value

_REFERENCE: Final = "#/$defs/"
_OF_EVERY_VERB: Final = ("error", "help")


class Schema(Value, Report):
    """A JSON schema, draft 2020-12."""

    document: Mapping[str, Any]

    def as_json(self) -> dict[str, object]:
        return dict(self.document)

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        return json.dumps(self.document, indent=2).splitlines()


def schema(verb: str | None = None) -> Schema:
    """Return the schema of what `verb` prints under `--json`, of all verbs where it is None. No repository is asked."""
    everything = json.loads(resources.files("tagbump.commands").joinpath("schemas.json").read_text(encoding="utf-8"))
    if verb is None:
        return Schema(everything)
    definitions = everything["$defs"]
    printed = [name for name in (verb, f"{verb}-failed", *_OF_EVERY_VERB) if name in definitions]
    needed = _needed(printed, definitions)
    return Schema(
        {
            "$schema": everything["$schema"],
            "title": f"What tagbump {verb} prints under --json",
            "description": "One JSON object on standard output, and nothing else there.",
            "anyOf": [{"$ref": f"{_REFERENCE}{name}"} for name in printed],
            "$defs": {name: found for name, found in definitions.items() if name in needed},
        }
    )


def _needed(names: Iterable[str], definitions: Mapping[str, object]) -> set[str]:
    """Return `names`, and those of all definitions that they refer to, directly or not."""
    needed, waiting = set[str](), list(names)
    while waiting:
        if (name := waiting.pop()) not in needed:
            needed.add(name)
            waiting += _referred(definitions[name])
    return needed


def _referred(found: object) -> Iterator[str]:
    """Yield the name of each definition that `found` refers to."""
    if isinstance(found, dict):
        reference = found.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            yield reference.removeprefix(_REFERENCE)
        for part in found.values():
            yield from _referred(part)
    elif isinstance(found, list):
        for part in found:
            yield from _referred(part)
