"""The steps of a Jenkinsfile, held to the documentation of their plugins in steps.yaml."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.pipeline.outline import Node, calls, walk

Functions = Mapping[str, Node]
TABLE: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("steps.yaml").read_text(encoding="utf-8"))
KINDS: Final = {"text": str, "number": int, "flag": bool}
SECTIONS: Final = {
    "agent", "always", "aborted", "allOf", "anyOf", "beforeAgent", "beforeInput", "beforeOptions", "branch",
    "changeRequest", "changed", "cleanup", "credentials", "environment", "equals", "expression", "failFast", "failure",
    "fixed", "id", "label", "message", "not", "notBuilt", "ok", "options", "parallel", "pipeline", "post", "regression",
    "skipDefaultCheckout", "stage", "stages", "steps", "submitter", "submitterParameter", "success", "tag", "unstable",
    "unsuccessful", "when", *TABLE["options"]["pipeline"],
}  # fmt: skip
"""Calls that are no steps: declarative.py knows where they stand."""


def needs_node(body: object, functions: Functions, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a step in it, or in a function that it calls, needs an agent that it does not bring itself."""
    if isinstance(body, dict) and body.get("kind") == "call" and body["on"] is None:
        name = body["name"]
        if name == "node":
            return False
        if TABLE["steps"].get(name, {}).get("node"):
            return True
        if name in functions and name not in seen and needs_node(functions[name]["body"], functions, seen | {name}):
            return True
    if isinstance(body, dict):
        return any(needs_node(one, functions, seen) for one in body.values())
    return isinstance(body, list) and any(needs_node(one, functions, seen) for one in body)


def steps(outline: Node) -> Iterator[str]:
    """Calls of what is no step, and parameters that a step does not have, lacks, or is given as something else."""
    functions = outline["functions"]
    for call in calls([outline["statements"], *functions.values()]):
        name = call["name"]
        if name == "agent":
            continue  # the section, or a condition of retry that takes nothing
        about = TABLE["steps"].get(name) or TABLE["values"].get(name)
        if name in functions:
            if len(call["unnamed"]) != len(functions[name]["parameters"]):
                yield f"line {call['line']}: {name} is given {len(call['unnamed'])} values"
        elif about is not None and not (name in {"input", "parallel"} and not call["unnamed"] and not call["named"]):
            yield from _parameters(call, about)
        elif about is None and name not in SECTIONS:
            yield f"line {call['line']}: {name} is no step that steps.yaml knows"


def _parameters(call: Node, about: Mapping[str, Any]) -> Iterator[str]:
    where = f"line {call['line']}: {call['name']}"
    given = dict(call["named"])
    required = about.get("required", [])
    sole = about.get("sole") or (required[0] if len(required) == 1 else None)
    if call["unnamed"]:
        if sole is None or len(call["unnamed"]) > 1 or given:
            yield f"{where} takes no values without names"
            return
        given[sole] = call["unnamed"][0]
    yield from (f"{where} lacks {name}" for name in required if name not in given)
    for name, node in given.items():
        yield from _parameter(where, name, node, about["parameters"].get(name))
    # What stands in `options` has its block there from Jenkins.
    if call["block"] is not None and not about.get("block"):
        yield f"{where} takes no block"


def _parameter(where: str, name: str, node: Node, kind: str | None) -> Iterator[str]:
    if kind is None:
        yield f"{where} has no parameter {name}"
    elif node["kind"] == "constant" and kind in KINDS and type(node["value"]) is not KINDS[kind]:
        yield f"{where}: {name} is a {kind}, not {node['value']!r}"


def shells(outline: Node) -> Iterator[str]:
    """Scripts that Groovy could put something into, and secrets that it does."""
    for call in calls([outline["statements"], outline["functions"]], "sh"):
        script = call["named"].get("script") or next(iter(call["unnamed"]), None)
        if script is None or script["kind"] != "constant" or script["quote"] != "'":
            yield f"line {call['line']}: sh without a text in single quotes"
    for call in calls([outline["statements"], outline["functions"]], "withCredentials"):
        for node in walk(call["block"]):
            if node["kind"] == "interpolated":
                yield f"line {node['line']}: Groovy puts {node['text']} together where secrets are bound"


def loops(outline: Node) -> Iterator[str]:
    """Blocks with steps that are given to a method of Groovy's own: Jenkins can't save a build in the middle of one."""
    for node in walk([outline["statements"], outline["functions"]]):
        if node["kind"] == "call" and node["on"] is not None and list(calls(node["block"], *TABLE["steps"])):
            yield f"line {node['line']}: steps in the block of {node['name']}"
