"""The repository's migrations, as they are and later on."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.postgres import REPOSITORY

HEAD = """\
from alembic import op

revision = "{revision}"
down_revision = "{before}"


"""


def constant(name: str) -> int:
    """Return a number that migrations/env.py gives a name; to import it is to migrate."""
    text = (REPOSITORY / "migrations/env.py").read_text()
    (found,) = re.findall(rf"^{name} = ([0-9_]+)$", text, re.MULTILINE)
    return int(found)


def built_with(directory: Path, migrations: Mapping[str, str]) -> Path:
    """Copy the migrations to `directory`, and add those: the body of each by its revision, in order."""
    before = (REPOSITORY / "migrations/HEAD").read_text().strip()
    shutil.copy(REPOSITORY / "alembic.ini", directory)
    shutil.copytree(REPOSITORY / "migrations", directory / "migrations")
    for revision, body in migrations.items():
        text = HEAD.format(revision=revision, before=before) + body
        (directory / f"migrations/versions/{revision}.py").write_text(text)
        before = revision
    return directory
