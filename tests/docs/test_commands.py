"""Every command that is shown can be typed."""

import re
import shlex
from collections.abc import Iterator

from tagbump import arguments, errors
from tests.docs.documents import FENCE, ROOT, documents


def commands() -> Iterator[tuple[str, str]]:
    """Every tagbump command in a code block, and the document it stands in."""
    for document in documents():
        for *_, block in FENCE.findall(document.read_text(encoding="utf-8")):
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                shown = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
                # A message of the program begins with `tagbump: `, and is no command.
                if shown.startswith("tagbump "):
                    yield str(document.relative_to(ROOT)), shown


def test_every_command_that_is_shown_is_one_the_program_takes() -> None:
    shown = list(commands())
    wrong = []
    for document, line in shown:
        words = shlex.split(line, comments=True)[1:]
        end = next((at for at, word in enumerate(words) if word in ("|", "&&", ";", ">")), len(words))
        try:
            arguments.parser().parse_args(words[:end])
        except errors.UsageError as error:
            wrong.append(f"{document}: {line}: {error.message}")

    assert shown != []
    assert wrong == []
