"""tagbump completion SHELL."""

import argparse

from tagbump import completing
from tagbump.report import Report
from tagbump.values import Value


class Script(Value, Report):
    """The script that completes the command's words in `shell`."""

    shell: str
    text: str

    def as_json(self) -> dict[str, object]:
        return {"shell": self.shell, "script": self.text}

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        return self.text.splitlines()


def completion(parser: argparse.ArgumentParser, shell: str) -> Script:
    """Return what makes `shell` (bash, zsh or fish) complete what `parser` takes. No repository is asked."""
    return Script(shell, completing.SCRIPTS[shell](completing.words_of(parser)))
