"""Later states of the repository's migrations."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.postgres import REPOSITORY

HEAD = """\
from alembic import op

revision = "{revision}"
down_revision = "{before}"


"""


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
