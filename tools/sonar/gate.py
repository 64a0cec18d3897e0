"""A quality gate as a value, and what makes one into another: read from a file, compared, no server asked."""

import re
from dataclasses import dataclass
from typing import Any, Final

_CONDITION: Final = re.compile(r"(LT|GT) (\d+(?:\.\d+)?)")
CREATE: Final = "api/qualitygates/create"
_KEYS: Final = {"name", "projects", "default", "conditions"}


class Misspelt(Exception):
    """The file is no gate; `str()` of it says where and why."""


@dataclass(frozen=True)
class Condition:
    """What makes the gate fail."""

    metric: str
    op: str
    """LT or GT."""
    threshold: str
    """As SonarQube writes it: "90", "1"."""

    def __str__(self) -> str:
        return f"{self.metric} {self.op} {self.threshold}"


@dataclass(frozen=True)
class Gate:
    """A gate as it is to be."""

    name: str
    projects: tuple[str, ...]
    """The keys of those that are given it."""
    default: bool
    """Whether it is for every project that is given no other."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Change:
    """One step from a gate that is there to the one that is to be, as SonarQube's API takes it."""

    says: str
    """For people, in a line."""
    path: str
    """Below the server's address: "api/qualitygates/create"."""
    form: tuple[tuple[str, str], ...]
    """What is posted."""


def read(content: Any) -> Gate:
    """Return the gate that a file's content describes. Raises Misspelt."""
    if not isinstance(content, dict):
        raise Misspelt("it is no mapping")
    if unknown := set(map(str, content)) - _KEYS:
        raise Misspelt(f"{min(unknown)} is not a word of it; it takes {', '.join(sorted(_KEYS))}")
    if not isinstance(content.get("name"), str):
        raise Misspelt("name is missing: what the gate is called")
    conditions = content.get("conditions")
    if not isinstance(conditions, dict) or not conditions:
        raise Misspelt("conditions is missing, or has none: a gate that lets everything through")
    return Gate(
        content["name"],
        tuple(map(str, content.get("projects") or ())),
        content.get("default") is True,
        tuple(_condition(str(metric), value) for metric, value in conditions.items()),
    )


def _condition(metric: str, value: Any) -> Condition:
    match = _CONDITION.fullmatch(str(value))
    if match is None:
        raise Misspelt(f"conditions.{metric} is {value!r}, and is to be LT or GT and a number, like `LT 90`")
    return Condition(metric, match[1], match[2])


@dataclass(frozen=True)
class Found:
    """What a server has of a gate."""

    exists: bool
    default: bool
    conditions: tuple[tuple[str, Condition], ...]
    """Each with the id that the server gave it."""
    projects: tuple[str, ...]


def changes(wanted: Gate, found: Found) -> list[Change]:
    """Return what makes a server's gate into the one that is wanted, in order; empty where it is that already."""
    named = ("gateName", wanted.name)
    steps = []
    if not found.exists:
        steps.append(Change(f"make the gate {wanted.name}", CREATE, (("name", wanted.name),)))
    have = {condition.metric: (number, condition) for number, condition in found.conditions}
    for condition in wanted.conditions:
        number, old = have.pop(condition.metric, ("", None))
        form = (("metric", condition.metric), ("op", condition.op), ("error", condition.threshold))
        if old is None:
            steps.append(Change(f"+ {condition}", "api/qualitygates/create_condition", (named, *form)))
        elif old != condition:
            steps.append(
                Change(f"~ {old} becomes {condition}", "api/qualitygates/update_condition", (("id", number), *form))
            )
    for number, old in have.values():
        steps.append(Change(f"- {old}", "api/qualitygates/delete_condition", (("id", number),)))
    steps += [
        Change(f"give it to {key}", "api/qualitygates/select", (named, ("projectKey", key)))
        for key in wanted.projects
        if key not in found.projects
    ]
    steps += [
        Change(f"take it from {key}", "api/qualitygates/deselect", (("projectKey", key),))
        for key in found.projects
        if key not in wanted.projects
    ]
    if wanted.default and not found.default:
        steps.append(Change("make it the default", "api/qualitygates/set_as_default", (("name", wanted.name),)))
    return steps
