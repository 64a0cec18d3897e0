"""The documents of this repository, and what stands in them: links, headings, sections, tables, code blocks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "docs/reference/tagbump.md"
CONFIGURATION = ROOT / "docs/reference/configuration.md"
REFUSED = ROOT / "docs/runbooks/refused-release.md"
WAITING = ROOT / "docs/runbooks/waiting.md"

FENCE = re.compile(r"^( *)(```+|~~~+)(.*?)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def documents() -> list[Path]:
    """Every Markdown file that is in git, or is about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for name in sorted(set(filter(None, listing.split("\0")))) if (path := ROOT / name).is_file()]


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))


def prose(document: Path) -> str:
    """The text without its code blocks."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def code(document: Path) -> list[str]:
    """The code blocks, and what stands in backquotes."""
    blocks = [block for *_, block in FENCE.findall(document.read_text(encoding="utf-8"))]
    return blocks + [shown for _, shown in re.findall(r"(`+)(.+?)\1", prose(document))]


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", prose(document), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


def links(document: Path) -> list[str]:
    text = re.sub(r"(`+).+?\1", "", prose(document))
    return [inline or reference for inline, reference in _LINK.findall(text)]


def section(document: Path, title: str) -> str:
    """What stands below the heading `title`, down to the next one of its level."""
    match = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert match, f"{document.name} has no section {title!r}"
    return match[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rulers among them."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in text.splitlines()
        if line.startswith("|")
    ]
