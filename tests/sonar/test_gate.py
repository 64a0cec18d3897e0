"""The gate's file is the gate: read strictly, and nothing is done beyond what makes the server's into it."""

from typing import Any

import pytest

from sonar.gate import Condition, Found, Gate, Misspelt, changes, read

NEW = Found(exists=False, default=False, conditions=(), projects=())
COVERAGE = Condition("coverage", "LT", "90")
BLOCKERS = Condition("blocker_violations", "GT", "0")
GATE = Gate("service", ("service",), default=True, conditions=(COVERAGE, BLOCKERS))


def test_a_file_is_read_into_a_gate() -> None:
    content = {"name": "service", "projects": ["service"], "default": True, "conditions": {"coverage": "LT 90"}}

    gate = read(content)

    assert gate == Gate("service", ("service",), default=True, conditions=(COVERAGE,))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "it is no mapping"),
        ({"name": "a", "condition": {}}, "condition is not a word of it"),
        ({"conditions": {"coverage": "LT 90"}}, "name is missing"),
        ({"name": "a", "conditions": {}}, "a gate that lets everything through"),
        ({"name": "a", "conditions": {"coverage": 90}}, "conditions.coverage is 90"),
        ({"name": "a", "conditions": {"coverage": "LE 90"}}, "is to be LT or GT and a number"),
    ],
)
def test_a_file_that_is_no_gate_is_told_what_is_wrong(content: Any, says: str) -> None:
    with pytest.raises(Misspelt, match=says):
        read(content)


def test_a_server_that_has_nothing_is_given_all_of_it() -> None:
    steps = changes(GATE, NEW)

    assert [step.says for step in steps] == [
        "make the gate service", "+ coverage LT 90", "+ blocker_violations GT 0", "give it to service",
        "make it the default",
    ]  # fmt: skip


def test_a_gate_that_is_as_it_is_to_be_is_left_alone() -> None:
    found = Found(exists=True, default=True, conditions=(("1", COVERAGE), ("2", BLOCKERS)), projects=("service",))

    assert changes(GATE, found) == []


def test_only_what_differs_is_changed_and_what_is_too_much_is_taken_away() -> None:
    lower, other = Condition("coverage", "LT", "10"), Condition("bugs", "GT", "5")
    found = Found(
        exists=True, default=True, conditions=(("1", lower), ("2", BLOCKERS), ("3", other)), projects=("service", "old")
    )

    steps = changes(GATE, found)

    assert [(step.says, step.form) for step in steps] == [
        (
            "~ coverage LT 10 becomes coverage LT 90",
            (("id", "1"), ("metric", "coverage"), ("op", "LT"), ("error", "90")),
        ),
        ("- bugs GT 5", (("id", "3"),)),
        ("take it from old", (("projectKey", "old"),)),
    ]
