"""Alembic as a program, and what it leaves in a database."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.migrations.builds import constant
from tests.postgres import REPOSITORY

SCRIPTS = ScriptDirectory.from_config(Config(REPOSITORY / "alembic.ini"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
DESCRIBE = """
SELECT table_name, column_name, data_type, is_nullable, collation_name, coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL SELECT sequence_name, '', '', '', '', '' FROM information_schema.sequences WHERE sequence_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> to_regclass('alembic_version')
ORDER BY 1, 2, 3
"""
TRY_AGAIN = constant("TRY_AGAIN")
ALEMBICS = 255
"""The exit code of an error that alembic tells in a line."""


def schema(url: str) -> list[tuple[object, ...]]:
    """Describe every column, sequence and constraint."""
    with psycopg.connect(url) as connection:
        return connection.execute(DESCRIBE).fetchall()


def revision(url: str) -> str | None:
    """Return the revision the database says it is at."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def at(url: str, name: str) -> None:
    """Have the database say that it is at that revision."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (name,))


def alembic(
    url: str | None, *arguments: str, build: Path = REPOSITORY, pgoptions: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run alembic as a program, however it ends."""
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=build,
        env={
            **environ,
            "PYTHONPATH": str(REPOSITORY),
            "PGOPTIONS": pgoptions,
            **({"DATABASE_URL": url} if url is not None else {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
