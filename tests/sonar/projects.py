"""Copies of this repository to analyse: a report does not survive that somebody writes into its files meanwhile."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
COVERAGE: Final = ROOT / "build/coverage/coverage.xml"


def copy_of_this(folder: Path) -> Path:
    """Copy what is in git, or is about to be, and the coverage that `make test` measured. Return `folder`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    if COVERAGE.is_file():
        place = folder / COVERAGE.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        # It names the folders that it measured in full.
        measured = re.sub(f"<source>{re.escape(str(ROOT))}", f"<source>{folder}", COVERAGE.read_text(encoding="utf-8"))
        place.write_text(measured, encoding="utf-8")
    return folder


def plant(folder: Path) -> str:
    """Plant a bug that no test finds, and that a reader may. Return the name of its file."""
    name = "service/domain/planted.py"
    (folder / name).write_text(
        '"""Links in pairs."""\n\n\n'
        "def pair(first: str, second: str) -> str:\n"
        '    """Join two."""\n'
        "    return first + second\n\n\n"
        "def both(key: str) -> str:\n"
        '    """Join a key with itself: one argument is missing, and the call can only fail."""\n'
        "    return pair(key)\n",
        encoding="utf-8",
    )
    return name
