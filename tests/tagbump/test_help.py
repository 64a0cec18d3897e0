"""What --help says of a verb: what it does, each option, examples that can be typed, and how it may end."""

import re
import shlex
from importlib import resources

import pytest

from tagbump import arguments, errors
from tagbump.names import RULE_NAMES
from tagbump.promotion import decisions
from tests.tagbump import shapes

VERBS = sorted(arguments.parser().verbs)


def page(verb: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the help of `verb` as a terminal of 80 columns shows it."""
    monkeypatch.setenv("COLUMNS", "80")
    return arguments.parser().verbs[verb].format_help()


def examples(shown: str) -> list[str]:
    """Return the commands among the examples."""
    listed = shown.partition("\nexamples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in listed.splitlines() if re.match(r"  \S", line)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_has_every_part_in_order_and_fits(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(verb, monkeypatch)

    summary = arguments.parser().verbs[verb].description
    parts = ["usage: tagbump", f"\n\n{summary}"[:60], "\n\nexamples:\n  ", "\n\nexit codes:\n  0    done"]
    assert [shown.find(part) for part in parts] == sorted(shown.find(part) for part in parts)
    assert [part for part in parts if part not in shown] == []
    assert [line for line in shown.splitlines() if len(line) > 78] == []


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_of_a_verb_can_be_typed_and_are_of_that_verb(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = examples(page(verb, monkeypatch))

    assert len(shown) >= 2
    for line in shown:
        typed = line.removeprefix("source <(").removesuffix(")") if line.startswith("source") else line
        words = shlex.split(typed.partition(" > ")[0])
        assert words[:2] == ["tagbump", verb]
        arguments.parser().parse_args(words[1:])


@pytest.mark.parametrize("verb", VERBS)
def test_every_argument_is_explained_and_a_duration_with_its_units_and_default(verb: str) -> None:
    for action in arguments.parser().verbs[verb]._actions:
        assert action.help, action
        if action.metavar in ("60s", "10m"):
            assert f"30s, 10m, 1h or 2d (default: {action.metavar})" in action.help
        elif action.option_strings and action.nargs is None and not action.required:
            told = "(default: " in action.help or action.metavar in ("TEXT", "WHO", "RULE", "FILE", "ARTIFACT")
            assert told, f"{action.option_strings}: what holds where it is not given?"


def test_there_is_no_page_without_a_verb() -> None:
    pages = {path.name for path in resources.files("tagbump").joinpath("manual").iterdir()}

    assert pages == {f"{verb}.txt" for verb in VERBS}


@pytest.mark.parametrize(
    ("verb", "rules"),
    [("bump", [rule for rule in RULE_NAMES if rule in decisions._BIND_A_BUMP]), ("promote", list(RULE_NAMES))],
)
def test_a_page_names_the_rules_that_bind_its_verb(
    verb: str, rules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = re.search(r"bound by[^.]*", page(verb, monkeypatch))

    assert told
    assert [word for word in re.findall(r"[a-z-]+", told[0]) if word in RULE_NAMES] == rules


@pytest.mark.parametrize("verb", VERBS)
def test_the_exit_codes_of_a_page_are_codes_of_the_program(verb: str) -> None:
    known = {0, *(end.exit_code for end in errors.TagbumpError.__subclasses__())}

    assert {0, 1, 2, 130} <= shapes.exit_codes(verb) <= known


def test_the_helper_notices_an_end_that_no_page_tells_of() -> None:
    shapes.check(["history", "dev"], 2, "")

    with pytest.raises(AssertionError, match="history dev ended with 3, which its help does not tell of"):
        shapes.check(["history", "dev"], 3, "")


def test_help_that_is_not_asked_for_reads_no_page() -> None:
    verb = arguments.parser().verbs["bump"]

    assert (verb.description, verb.epilog) == ("Set the artifact of an environment that has no `from`.", None)
