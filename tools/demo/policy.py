"""The demo's variant of tagbump.yaml: the real file with a few stated changes."""

import re
from typing import Final

SOAK: Final = "5s"
LEFT_OUT: Final = ("application", "freeze", "cluster", "url", "signers")
"""Keys that speak of a cluster, of the calendar or of signing keys: the demo has none of them."""


def variant(text: str) -> str:
    """Return the policy `text` with seconds of soak and without the keys that are left out.

    It works on lines, so whatever else the file says, its comments too, stays as it is.
    """
    kept: list[str] = []
    cut_at: int | None = None  # the indent of a key that is being left out, with the deeper lines beneath it
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if cut_at is not None and line.strip() and indent <= cut_at and not line.lstrip().startswith("- "):
            cut_at = None
        if cut_at is None and re.match(rf"\s*({'|'.join(LEFT_OUT)}):", line):
            cut_at = indent
        if cut_at is None:
            kept.append(re.sub(r"^(\s*soak:).*", rf"\1 {SOAK}", line))
    return "".join(kept)
