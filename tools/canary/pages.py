"""The figures of a run, and the page that shows them."""

import json
from pathlib import Path
from typing import Any, Final

FIGURES: Final = "canary.json"
TABLE: Final = "canary.md"
BEGIN: Final = "<!-- begin: written by `python -m canary --write-docs` -->"
END: Final = "<!-- end -->"


class NotPublished(Exception):
    """There is nothing to show, or no place for it; `str()` of it says which, and what to do."""


def load(folder: Path, number: int) -> str:
    """Return the tables of the last run in `folder`. Raises NotPublished where it had not so many rollouts."""
    file = folder / FIGURES
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotPublished(f"{file} is not there; make bench-canary writes it") from None
    if document["rollouts"] < number:
        raise NotPublished(f"{file} is of {document['rollouts']:,} rollouts; make bench-canary plays {number:,}")
    return str(document["shown"])


def publish(page: Path, shown: str) -> None:
    """Put `shown` between the two marks of `page`. Raises NotPublished where the page has not both."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NotPublished(f"{page} has no place for figures: it takes a line {BEGIN} and a line {END}")
    page.write_text(f"{before}{begin}\n\n{shown}\n{end}{after}", encoding="utf-8")
