"""tagbump schema: what is promised of every object that is printed. The test helper holds each of them to it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tagbump import arguments, changes, errors, lookout, references
from tagbump.cluster import rollouts
from tagbump.commands.schema import schema
from tagbump.model import Artifact
from tagbump.names import RULE_NAMES
from tests.tagbump import shapes
from tests.tagbump.world import World, artifact

VERBS = sorted(arguments.parser().verbs)
EVERYTHING = schema().as_json()
DEFINITIONS: dict[str, Any] = schema().document["$defs"]


def parts(found: object) -> Iterator[dict[str, Any]]:
    """Yield every object in `found`."""
    if isinstance(found, dict):
        yield found
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from parts(part)


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_a_schema_is_one_and_all_that_it_refers_to_is_in_it(verb: str | None) -> None:
    document = schema(verb).as_json()

    jsonschema.Draft202012Validator.check_schema(document)
    referred = {part["$ref"] for part in parts(document) if isinstance(part.get("$ref"), str)}
    inside = {reference.removeprefix("#/$defs/") for reference in referred if reference.startswith("#")}
    assert inside == set(document["$defs"])  # type: ignore[call-overload]
    assert referred - {f"#/$defs/{name}" for name in inside} <= {document["$schema"]}


def test_the_schema_has_a_definition_for_every_verb() -> None:
    assert set(VERBS) - set(DEFINITIONS) == set()


def test_every_object_is_closed_and_every_value_explained() -> None:
    objects = [part for part in parts(EVERYTHING) if "properties" in part]

    assert [part for part in objects if part.get("additionalProperties") is not False] == []
    assert [part for part in objects if part["required"] != list(part["properties"])] == []
    values = [(name, value) for part in objects for name, value in part["properties"].items()]
    assert [name for name, value in values if "description" not in value and "$ref" not in value] == []
    assert [name for name, found in DEFINITIONS.items() if not found["description"].endswith(".")] == []


def test_the_kinds_and_exit_codes_are_those_of_the_program() -> None:
    ends: list[type[errors.TagbumpError]] = [errors.TagbumpError, *errors.TagbumpError.__subclasses__()]
    own = [end for end in ends if end.__module__ == errors.__name__ and end is not errors.Refused]
    failure = DEFINITIONS["failure"]["properties"]

    assert set(failure["exit_code"]["enum"]) == {errors.Refused.exit_code, *(end.exit_code for end in own)}
    assert set(failure["kind"]["enum"]) == {end.kind for end in own} | {"digest", *RULE_NAMES}


def test_the_states_and_types_are_those_of_the_program() -> None:
    told = {name: definition.get("properties", {}) for name, definition in DEFINITIONS.items()}

    assert set(told["wait-failed"]["state"]["enum"]) == {*lookout.STATES, "live"}
    assert set(told["rollout"]["state"]["enum"]) == set(rollouts.STATES)
    assert set(told["change"]["type"]["enum"]) == set(changes.TYPES)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("artifact", artifact("1.1.0"), True),
        ("artifact", artifact("1.1.0", repository="localhost:5000/a/b"), True),
        ("artifact", artifact("1.1.0").upper(), False),
        ("artifact", artifact("1.1.0")[:-1], False),
        ("artifact", f" {artifact('1.1.0')}", False),
        ("artifact", "registry.example.com/service:1.1.0", False),
        ("commit", "0" * 40, True),
        ("commit", "0" * 64, False),
        ("commit", "0" * 12, False),
        ("commit", "G" * 40, False),
        ("environment", "prod", True),
        ("environment", "eu-1.prod", True),
        ("environment", "-prod", False),
        ("moment", "2026-11-21T12:37:30Z", True),
        ("moment", "2026-11-21T12:37:30+00:00", False),
        ("moment", "2026-13-21T12:37:30Z", False),
        ("version", {"version": "1.0.0"}, True),
        ("version", {"version": "1.0.0", "more": 1}, False),
    ],
)
def test_a_value_is_held_to_its_form(name: str, value: object, valid: bool) -> None:
    one = jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": DEFINITIONS}, format_checker=shapes.FORMATS
    )

    assert one.is_valid(value) is valid


@pytest.mark.parametrize(
    "repository", ["service", "a/b", "registry.example.com/service", "Registry.example.com:5000/a"]
)
def test_what_is_an_artifact_here_is_one_there(repository: str) -> None:
    assert references.is_repository(repository)

    held = str(Artifact(repository, "1.1.0", artifact("1").partition("@")[2]))

    assert jsonschema.Draft202012Validator(DEFINITIONS["artifact"]).is_valid(held)


def test_the_helper_notices_what_is_not_promised(world: World) -> None:
    document = world.done("status").document
    changed = [copy.deepcopy(document) for _ in range(4)]
    changed[0]["environments"][0]["colour"] = "red"
    del changed[1]["environments"][0]["frozen"]
    changed[2]["environments"][0]["artifact"] = "registry.example.com/service:1.0.0"
    changed[3] = {"environment": "dev", "releases": []}  # what another verb prints

    shapes.check(["status", "--json"], 0, json.dumps(document))
    for wrong in changed:
        with pytest.raises(AssertionError, match="status --json printed"):
            shapes.check(["status", "--json"], 0, json.dumps(wrong))


@pytest.mark.parametrize("words", [[], ["wait"]], ids=["all", "one"])
def test_the_schema_is_printed_without_a_repository(world: World, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "elsewhere").mkdir()

    outcome = world.run("schema", *words, cwd=tmp_path / "elsewhere", env={"PATH": "/nowhere"})
    as_json = world.run("schema", *words, "--json", cwd=tmp_path / "elsewhere")

    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.document == as_json.document == schema(*words).as_json()
    assert (outcome.stdout.count("\n") > 100, as_json.stdout.count("\n")) == (True, 1)


def test_a_verb_that_is_not_known_is_answered_with_those_that_are(world: World) -> None:
    outcome = world.json("schema", "histroy")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert outcome.document["error"]["hint"].startswith("did you mean history? ")
