"""What the documents say of wait is what it says itself."""

import re
from pathlib import Path

from tagbump.cluster import judgement
from tagbump.lookout import STATES

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/tagbump.md").read_text(encoding="utf-8").split("\n## wait\n")[1].split("\n## ")[0]
RUNBOOK = (ROOT / "docs/runbooks/waiting.md").read_text(encoding="utf-8").split("\n## 7")[1].split("\n## ")[0]


def first_cells(text: str, heading: str) -> list[str]:
    """Return what is in backticks in the first column of the table that is headed by `heading`."""
    table = text.split(f"| {heading} |", maxsplit=1)[1].split("\n\n", maxsplit=1)[0]
    return [name for line in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])]


def test_the_reference_has_a_row_for_every_check_in_order() -> None:
    assert first_cells(REFERENCE, "check") == [*judgement.CHECKS, "readyz", "version"]


def test_the_reference_and_the_runbook_name_every_state() -> None:
    assert set(first_cells(REFERENCE, "`state`")) == set(STATES)
    assert set(first_cells(RUNBOOK, "`state`")) == set(STATES)
