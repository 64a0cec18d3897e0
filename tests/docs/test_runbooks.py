"""What the runbooks quote is what the program says: somebody searches for these words at three in the morning."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.documents import FENCE, ROOT, prose

RUNBOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
SOURCES = [*(ROOT / "tools/tagbump").rglob("*.py"), *(ROOT / "service").rglob("*.py"), ROOT / "migrations/env.py"]

# What others say: git, libpq and the system, alembic, Kubernetes, PostgreSQL and Argo CD.
FOREIGN = {
    "Could not resolve host",
    "Connection refused",
    "Authentication failed",
    "Permission denied",
    "could not read Username",
    "cannot lock ref",
    "does not appear to be a git repository",
    "Can't locate revision identified by '...'",
    'secret "service-database" not found',
    "idle in transaction",
    "Cannot sync: Blocked by sync window",
}
_COMMANDS = ("tagbump ", "git ", "kubectl ", "argocd ", "curl ", "alembic ", "docker ", "wait ", "--")
GAP = re.escape("\0")


def quoted(runbook: Path) -> Iterator[str]:
    """Give each message that `runbook` quotes: words in backquotes that are no command, and blocks of text."""
    for _, text in re.findall(r"(`+)(.+?)\1", re.sub(r"\n(?=\S)", " ", prose(runbook))):
        if " " in text and not text.startswith(_COMMANDS):
            yield text
    for _, _, language, block in FENCE.findall(runbook.read_text(encoding="utf-8")):
        if language == "text":
            yield from block.splitlines()


def test_the_runbooks_quote_messages() -> None:
    assert {runbook.name for runbook in RUNBOOKS if any(quoted(runbook))} >= {"moving-remote.md", "refused-release.md"}


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.name)
def test_what_a_runbook_quotes_is_said_by_the_program(runbook: Path) -> None:
    unheard = [text for text in quoted(runbook) if text not in FOREIGN and not said(text)]

    assert unheard == []


def test_words_of_others_are_quoted_somewhere() -> None:
    assert {text for runbook in RUNBOOKS for text in quoted(runbook)} >= FOREIGN


@pytest.mark.parametrize(
    "text",
    [
        "tagbump: dev: the branch main moved during each of 3 tries in 1s; nothing was written",
        "DATABASE_URL: is missing; ...",
        "a table was in use at each of 5 attempts; run it another time",
    ],
)
def test_what_the_program_does_not_say_is_noticed(text: str) -> None:
    assert not said(text)


def said(text: str) -> bool:
    """Whether `text` is made of the program's own sentences; "..." stands for what is left out."""
    plain = re.sub(r"^(tagbump: |also |  next: )*([A-Z_]{4,}: |[a-z-]+: )?", "", text)
    # Several next steps are told as one: "wait; and ask somebody else; or lift it: ...".
    return any(all(map(_heard, re.split(r"\.\.\.|; and |(?=; or )", words))) for words in (text, plain))


def _heard(part: str) -> bool:
    """Whether `part` stands between two gaps of a sentence, or is a whole one with its gaps filled."""
    part = part.strip()
    return any(part in between or whole.fullmatch(f" {part} ") for between, whole in sentences())


@cache
def sentences() -> list[tuple[str, re.Pattern[str]]]:
    """Every string in the program: the pieces between its gaps, and what it is with its gaps filled."""
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.add(tuple(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add((node.value,))
    whole = sorted("".join(map(str, parts)) for parts in found)
    # A few letters between two gaps would be anything.
    return [
        (text, re.compile(rf"\s*{re.escape(text).replace(GAP, '.*')}\s*"))
        for text in whole
        if len(text.replace("\0", "")) > 10
    ]
