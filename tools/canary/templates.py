"""The queries in the AnalysisTemplates, written where their marks are."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import indent
from typing import Final

from canary import queries

QUERIES: Final[Mapping[str, Callable[[], str]]] = {
    "errors": queries.errors,
    "errors_lately": queries.errors_lately,
    "latency": queries.latency,
    "latency_lately": queries.latency_lately,
}
# The line of a block that names its query, and all lines below that stand further in.
_BLOCK: Final = re.compile(
    r"^(?P<mark>(?P<indent> *)query: \| # python -m canary --write-queries: (?P<name>\w+)\n)(?:(?P=indent)  .*\n)*",
    re.MULTILINE,
)


def written(text: str) -> str:
    """Return the text of a template with each of its queries as it is to be."""

    def fill(block: re.Match[str]) -> str:
        return block["mark"] + indent(QUERIES[block["name"]]() + "\n", block["indent"] + "  ")

    return _BLOCK.sub(fill, text)


def write(folder: Path) -> list[Path]:
    """Write the queries into the templates in `folder`, and return those that changed."""
    changed = []
    for template in sorted(folder.glob("*.yaml")):
        before = template.read_text(encoding="utf-8")
        if (after := written(before)) != before:
            template.write_text(after, encoding="utf-8")
            changed.append(template)
    return changed
