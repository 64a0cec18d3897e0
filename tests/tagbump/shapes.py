"""Holds every JSON object that a test has tagbump print to the schema that `tagbump schema` prints."""

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


def check(words: Sequence[str], stdout: str) -> None:
    """Raise AssertionError where what `words` printed is no object of the schema of their verb, and should be.

    Nothing printed is held to nothing: a run that was killed has nothing to say.
    """
    if "--json" not in words or not stdout:
        return
    verb = next((word for word in words if word in verbs()), None)
    faults = [fault.message for fault in validator(verb).iter_errors(json.loads(stdout))]
    assert faults == [], f"{' '.join(words)} printed {stdout}"
