"""argparse as tagbump uses it: it prints nothing and leaves nowhere, it guesses what was meant, and it starts fast."""

import argparse
import os
import sys

from tagbump import __version__, guesses
from tagbump.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Fill the paragraphs, and leave what stands below a heading as it is: what is to be typed is not broken."""
        fill = super()._fill_text
        return "\n\n".join(part if ":\n  " in part else fill(part, width, indent) for part in text.split("\n\n"))

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
        self.verbs: Mapping[str, Parser] = {}
        """All verbs by name: what is not taken here, may be taken there."""
        self.instead: dict[str, str] = {}
        """What to say to options of other verbs that somebody may look for here."""
        self._words: Sequence[str] = ()
        self.page = ""
        """The verb whose page of the manual is part of the help; empty where there is none."""

    def format_help(self) -> str:
        """Return the help, with the verb's page of the manual in it: whoever does not ask need not read that."""
        if self.page and self.epilog is None:
            # Neither pathlib nor importlib.resources: they take as long to load as all the rest of --help.
            with open(f"{os.path.dirname(__file__)}/manual/{self.page}.txt", encoding="utf-8") as file:  # noqa: PTH120, PTH123
                page = file.read()
            words, _, lists = page.partition("examples:\n")
            self.description = f"{self.description}\n\n{words.strip()}"
            self.epilog = f"examples:\n{lists.rstrip()}"
        return super().format_help()

    def parse_known_args(self, args: "Any" = None, namespace: "Any" = None) -> "Any":
        """Complain here of what is not known: of a verb's words the verb knows most."""
        self._words = args or ()
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            raise self._unknown(unknown)
        return found, unknown

    def error(self, message: str) -> "NoReturn":
        """Raise UsageError where argparse would print and leave: under --json the error is an object on stdout."""
        if unknown := message.startswith("the following arguments are required") and self._unknown_options():
            raise self._unknown(unknown, f"{message}; ")  # what is required may stand there, misspelt
        raise UsageError(message, hint=f"{self.prog} --help")

    @property
    def options(self) -> "Mapping[str, argparse.Action]":
        """All options here by each of their names."""
        return self._option_string_actions

    def takes(self, option: str) -> bool:
        """Say whether `option`, without a value, is one here."""
        return option in self.options

    def takes_value(self, option: str) -> bool:
        """Say whether `option` is one here that has a value."""
        return self.takes(option) and self.options[option].nargs != 0

    def _check_value(self, action: argparse.Action, value: "Any") -> None:
        if action.choices is not None and value not in action.choices:
            before = self._words[max(0, list(self._words).index(value) - 1)]
            if any(verb.takes_value(before) for verb in self.verbs.values()):
                raise self._unknown([before])  # `--repo URL status`: the URL stands where the verb should
            known = list(action.choices)
            message = f"{action.metavar} {value!r} is unknown: it takes {', '.join(known)}"
            raise UsageError(message, hint=f"{guesses.meant(value, known)}{self.prog} --help")

    def _unknown_options(self) -> list[str]:
        words = list(self._words)
        words = words[: words.index("--")] if "--" in words else words
        options = [word for word in words if len(word) > 1 and word[0] == "-"]
        return [word for word in options if not self.takes(word.partition("=")[0] if word[1] == "-" else word[:2])]

    def _unknown(self, words: "Sequence[str]", before: str = "") -> UsageError:
        """Return the error that `words` are not known here, with what was meant, or which verb takes them."""
        hints = (self._hint(word) for word in words if word[:1] == "-")
        hint = next(filter(None, hints), f"{self.prog} --help")
        return UsageError(f"{before}unrecognized arguments: {' '.join(words)}", hint=hint)

    def _hint(self, word: str) -> str:
        option = word.partition("=")[0]
        if option in self.instead:
            return self.instead[option]
        here = self
        if self._subparsers is not None:
            name = next((word for word in self._words if word in self.verbs), "status")
            here = self.verbs[name]
            if here.takes(option):
                after = self._words[list(self._words).index(word) + 1 :][:1] if here.takes_value(word) else ()
                value = [said for said in after if said != name]
                return " ".join(["options follow the verb:", here.prog, word, *value])
        elif others := [name for name, verb in self.verbs.items() if verb.takes(option)]:
            return f"{option} is an option of {', '.join(others)}; {self.prog} --help"
        guess = guesses.meant_option(word, here.options)
        return f"{guess}{here.prog} --help" if guess else ""


def _columns() -> int:
    """Return the width of the terminal, as shutil does: its import, with that of its compressors, is a tenth of all."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr] # None is caught
    except (AttributeError, ValueError, OSError):
        return 80
