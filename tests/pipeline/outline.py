"""A Jenkinsfile as data: what Groovy itself reads in it, without running it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.pipeline.runner import groovy

Node = dict[str, Any]
"""A piece of a Jenkinsfile: `kind`, `line`, and what is of that kind: a call has name, named, unnamed, block, on."""


def outlines(texts: Sequence[str]) -> list[Node]:
    """Each text as `statements`, and `functions` by their names with `parameters` and `body`."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.groovy") for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        said = subprocess.run(
            [*groovy.program(), "outline", *map(str, files)], capture_output=True, text=True, check=True
        ).stdout
    found: list[Node] = json.loads(said)
    return found


def step_parameters() -> dict[str, list[str]]:
    """The steps that the runner knows, each with the parameters that it honours."""
    said = subprocess.run([*groovy.program(), "steps"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = json.loads(said)
    return found


def walk(inside: object) -> Iterator[Node]:
    """Every piece, those in blocks and arguments too, outer ones first."""
    if isinstance(inside, list):
        for one in inside:
            yield from walk(one)
    elif isinstance(inside, dict):
        if "kind" in inside:
            yield inside
        for name, one in inside.items():
            if name == "named":
                yield from walk(list(one.values()))
            elif isinstance(one, list | dict):
                yield from walk(one)


def calls(inside: object, *names: str) -> Iterator[Node]:
    """The calls, and of these those with one of the names, where any are given; not those on an object."""
    return (
        node
        for node in walk(inside)
        if node["kind"] == "call" and node["on"] is None and (not names or node["name"] in names)
    )


def value(call: Node, parameter: str | None = None) -> Any:
    """The constant that a call is given by this name, or as its only value; None where there is none such."""
    node = call["named"].get(parameter) if parameter in call["named"] else next(iter(call["unnamed"]), None)
    return node["value"] if node and node["kind"] == "constant" else None
