"""Holds every run of tagbump in a test to what it promises: its JSON to `tagbump schema`, its exit code to `--help`."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

import jsonschema

from tagbump import arguments
from tagbump.commands.schema import schema

FORMATS = jsonschema.FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def validator(verb: str | None) -> jsonschema.Draft202012Validator:
    """Return what holds objects to the schema of `verb`; None stands for that of all verbs."""
    return jsonschema.Draft202012Validator(schema(verb).as_json(), format_checker=FORMATS)


@cache
def verbs() -> frozenset[str]:
    """Return the names of all verbs."""
    return frozenset(arguments.parser().verbs)


@cache
def exit_codes(verb: str) -> frozenset[int]:
    """Return the exit codes that the help of `verb` tells of."""
    listed = arguments.parser().verbs[verb].format_help().partition("\nexit codes:\n")[2]
    return frozenset(int(line.split()[0]) for line in listed.splitlines())


def check(words: Sequence[str], code: int, stdout: str) -> None:
    """Raise AssertionError where `words` ended or printed as their verb does not promise.

    Nothing printed is held to nothing, nor is the end of a run that was killed.
    """
    verb = next((word for word in words if word in verbs()), None)
    if verb is not None and code >= 0:
        assert code in exit_codes(verb), f"{' '.join(words)} ended with {code}, which its help does not tell of"
    if "--json" not in words or not stdout:
        return
    faults = [fault.message for fault in validator(verb).iter_errors(json.loads(stdout))]
    assert faults == [], f"{' '.join(words)} printed {stdout}"
