"""The reference, the README and the runbook have every option, rule and exit code of the program, and no other."""

import argparse
import re
from pathlib import Path
from typing import get_args

import pytest

from tagbump import arguments, changes, errors, lookout
from tagbump.cluster import judgement, rollouts
from tagbump.names import Rule
from tests.docs.documents import README, REFERENCE, REFUSED, WAITING, rows, section

WRITING = ("bump", "promote", "rollback")


def verbs() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in arguments.parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def options(verb: argparse.ArgumentParser) -> set[str]:
    return {name for action in verb._actions for name in action.option_strings}


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_the_reference_explains_every_option_of_a_verb(verb: str) -> None:
    places = [section(REFERENCE, verb), section(REFERENCE, "What every verb takes")]
    if verb in WRITING:
        places.append(section(REFERENCE, "What verbs that write take"))

    said = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(places)))

    assert options(verbs()[verb]) - said == set()


def test_the_reference_explains_no_option_that_is_not_there() -> None:
    explained = {
        name
        for cells in rows(REFERENCE.read_text(encoding="utf-8"))
        for name in re.findall(r"`(--?[a-z][a-z-]*)[^`]*`", cells[0])
    }

    assert explained - {"--version"} - set().union(*map(options, verbs().values())) == set()


def test_the_reference_has_a_row_for_every_rule_and_for_no_other() -> None:
    listed = [cells[0].strip("`") for cells in rows(section(REFERENCE, "Rules")) if cells[0].startswith("`")]

    assert listed == ["digest", *get_args(Rule)]


def test_the_runbook_says_what_to_do_about_every_rule() -> None:
    answered = {
        name for cells in rows(REFUSED.read_text(encoding="utf-8")) for name in re.findall(r"`([a-z-]+)`", cells[0])
    }

    assert {"digest", *get_args(Rule)} - answered == set()


def test_the_reference_has_a_row_for_every_check_of_wait_and_for_no_other() -> None:
    assert first_column(section(REFERENCE, "wait"), "check") == [*judgement.CHECKS, "readyz", "version"]


@pytest.mark.parametrize(
    "text",
    [section(REFERENCE, "wait"), WAITING.read_text(encoding="utf-8")],
    ids=["reference", "runbook"],
)
def test_every_state_of_wait_is_explained_and_no_other(text: str) -> None:
    assert sorted(first_column(text, "`state`")) == sorted(lookout.STATES)


def test_the_reference_has_a_row_for_every_state_of_a_rollout_and_for_no_other() -> None:
    assert sorted(first_column(section(REFERENCE, "status"), "`rollout`")) == sorted(rollouts.STATES)


def test_the_reference_has_a_row_for_every_type_of_commit_and_for_no_other() -> None:
    assert first_column(section(REFERENCE, "diff"), "under") == ["breaking", *changes.TYPES]


def first_column(text: str, title: str) -> list[str]:
    """The names in the first column of the table that is headed `title`."""
    table = text.partition(f"\n| {title} |")[2].partition("\n\n")[0]
    return [name for cells in rows(f"|{table}")[2:] for name in re.findall(r"`([a-z-]+)`", cells[0])]


@pytest.mark.parametrize("document", [REFERENCE, README], ids=["reference", "README"])
def test_the_table_of_exit_codes_is_that_of_the_program(document: Path) -> None:
    table = {int(cells[0]): cells[2] for cells in rows(document.read_text(encoding="utf-8")) if cells[0].isdigit()}
    # Refused has the rule's name for its kind; the others have one each.
    ends: list[type[errors.TagbumpError]] = [errors.TagbumpError, *errors.TagbumpError.__subclasses__()]
    own = [end for end in ends if end.__module__ == errors.__name__ and end is not errors.Refused]
    kinds = {code: {end.kind for end in own if end.exit_code == code} for code in {end.exit_code for end in own}}
    kinds |= {0: set(), errors.Refused.exit_code: {"digest"}}

    said = {code: set(re.findall(r"`([a-z]+)`", cell)) for code, cell in table.items()}

    assert said == kinds
    assert "the rule's name" in table[errors.Refused.exit_code]
