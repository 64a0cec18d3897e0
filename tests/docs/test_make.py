"""The doors of the Makefile: all that the documents name are there, and `make migrate` leads to a database."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.docs.documents import ROOT, code, documents

HEAD = (ROOT / "migrations/HEAD").read_text().strip()


def test_every_target_that_a_document_names_is_one_that_make_lists() -> None:
    named = {
        target
        for document in documents()
        for shown in code(document)
        for target in re.findall(r"^(?:\w+=\S+ )*make ([a-z0-9-]+)", shown, re.MULTILINE)
    }

    listed = set(re.findall(r"^  make (\S+)", make().stdout, re.MULTILINE))

    assert {"demo", "test"} <= named
    assert named - listed == set()


def test_migrate_without_a_database_says_what_to_type_before_it_sets_anything_up(tmp_path: Path) -> None:
    done = make("migrate", f"STAMP={tmp_path}/not-set-up", "PYTHON=not-here")

    assert done.returncode == 2
    assert "DATABASE_URL is not set" in done.stderr
    assert "DATABASE_URL=postgresql://USER@HOST/NAME make migrate" in done.stderr
    assert "setup:" not in done.stderr


def test_migrate_brings_a_database_to_the_newest_schema(empty_database_url: str) -> None:
    # The environment that this test runs in is set up, whatever make's own has become since.
    done = make("migrate", f"BIN={sys.prefix}/bin", "--old-file=setup", DATABASE_URL=empty_database_url)

    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def make(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run make in this repository as a person does, not as a part of the `make test` that may be running."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "DATABASE_", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT, env={**kept, **more}, capture_output=True, text=True, check=False,
    )  # fmt: skip
