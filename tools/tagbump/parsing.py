"""argparse as tagbump uses it: it prints nothing and leaves nowhere, it guesses what was meant, and it starts fast."""

import argparse
import os
import sys

from tagbump import __version__, guesses
from tagbump.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn


class Asked(Exception):
    """`--help` or `--version` was: the `text` to show, and the `document` that it is under --json."""

    def __init__(self, text: str, document: dict[str, object]) -> None:
        super().__init__(text)
        self.text = text
        self.document = document


class Help(argparse.Action):
    """Asks for the help of a parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> "NoReturn":
        text = parser.format_help()
        raise Asked(text, {"help": text})


class Version(argparse.Action):
    """Asks for the version."""

    def __call__(self, *_: object) -> "NoReturn":
        raise Asked(f"tagbump {__version__}\n", {"version": __version__})


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def add_argument(self, action: argparse.Action) -> None:
        """Leave room for the longest verb: argparse forgets that verbs are indented once more."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            self._action_max_length += self._indent_increment


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError and Asked where argparse would print and leave."""

    def __init__(self, **words: "Any") -> None:
        super().__init__(**words, formatter_class=_Formatter, allow_abbrev=False, add_help=False)
        self.add_argument("-h", "--help", action=Help, nargs=0, help="show this help message and exit")

    def parse_known_args(self, args: "Any" = None, namespace: "Any" = None) -> "Any":
        """Complain here of what is not known: of a verb's words the verb knows most."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            known = (name for name in self._option_string_actions if name.startswith("--"))
            raise self._wrong(f"unrecognized arguments: {' '.join(unknown)}", unknown[0].partition("=")[0], known)
        return found, unknown

    def error(self, message: str) -> "NoReturn":
        """Raise UsageError where argparse would print and leave: under --json the error is an object on stdout."""
        raise self._wrong(message)

    def _check_value(self, action: argparse.Action, value: "Any") -> None:
        if action.choices is not None and value not in action.choices:
            known = list(action.choices)
            raise self._wrong(f"{action.metavar} {value!r} is unknown: it takes {', '.join(known)}", value, known)

    def _wrong(self, message: str, said: str = "", known: "Iterable[str]" = ()) -> UsageError:
        return UsageError(message, hint=f"{guesses.meant(said, known)}{self.prog} --help")


def _columns() -> int:
    """Return the width of the terminal, as shutil does: its import, with that of its compressors, is a tenth of all."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr] # None is caught
    except (AttributeError, ValueError, OSError):
        return 80
