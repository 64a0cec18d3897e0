"""What a migration waits for, and how it ends where it can't go on: on a real PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import yaml
from alembic.config import main

from tests.migrations.alembics import ALEMBICS, REVISIONS, TRY_AGAIN, alembic, at, revision, schema
from tests.migrations.builds import built_with, constant
from tests.postgres import REPOSITORY, migrate
from tests.service.processes import eventually

LOCK = constant("LOCK")
SLEEP = """
def upgrade() -> None:
    op.execute("SELECT pg_sleep(100)")
"""
LOOK = """
def upgrade() -> None:
    op.execute("CREATE TABLE seen AS SELECT name, setting FROM pg_settings")
"""


@contextmanager
def another_migrator(url: str) -> Iterator[int]:
    """Hold the migrators' lock, as one does whose client is dead, and give the id of PostgreSQL's process."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        yield connection.info.backend_pid


@pytest.mark.parametrize("found", [REVISIONS[-1], "9999_of_a_newer_build"])
def test_a_build_that_has_nothing_to_do_waits_for_no_other_migrator(empty_database_url: str, found: str) -> None:
    migrate(empty_database_url)
    at(empty_database_url, found)

    with another_migrator(empty_database_url):
        ended = alembic(empty_database_url, "upgrade", "head", pgoptions="-c lock_timeout=100ms")

    assert ended.returncode == 0, ended.stderr
    assert "nothing to do" in ended.stderr


def test_a_migrator_that_waited_in_vain_names_who_holds_the_lock_and_what_to_do(empty_database_url: str) -> None:
    with another_migrator(empty_database_url) as holder:
        ended = alembic(empty_database_url, "upgrade", "head", pgoptions="-c lock_timeout=100ms")

    said = ended.stdout + ended.stderr
    assert ended.returncode == TRY_AGAIN
    assert f"FAILED: another migrator did not end within 100ms: process {holder} of PostgreSQL" in said
    assert f"SELECT pg_terminate_backend({holder})" in said
    assert "Traceback" not in said


def test_a_migration_whose_client_is_killed_ends_in_postgresql_too(empty_database_url: str, tmp_path: Path) -> None:
    migrate(empty_database_url)
    killed = subprocess.Popen(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=built_with(tmp_path, {"0003_sleep": SLEEP}),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": empty_database_url},
        stderr=subprocess.DEVNULL,
    )
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        eventually(lambda: sleeping(connection) == 1)

        killed.kill()

        killed.wait()
        eventually(lambda: sleeping(connection) == 0)


def test_a_database_that_dies_under_a_migration_is_worth_another_try(empty_database_url: str, tmp_path: Path) -> None:
    migrate(empty_database_url)
    build = built_with(tmp_path, {"0003_sleep": SLEEP})
    with ThreadPoolExecutor(1) as pool, psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrating = pool.submit(alembic, empty_database_url, "upgrade", "head", build=build)
        eventually(lambda: sleeping(connection) == 1)

        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event = 'PgSleep'"
        )

        ended = migrating.result()
    assert ended.returncode == TRY_AGAIN
    assert "FAILED: the connection to PostgreSQL broke: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert revision(empty_database_url) == REVISIONS[-1]


def sleeping(connection: psycopg.Connection) -> int:
    """Count the migrations that sleep in this database."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    ).fetchone()
    assert row is not None
    count: int = row[0]
    return count


def test_a_statement_that_takes_too_long_is_ended_and_named(empty_database_url: str, tmp_path: Path) -> None:
    migrate(empty_database_url)
    build = built_with(tmp_path, {"0003_sleep": SLEEP})

    ended = alembic(empty_database_url, "upgrade", "head", build=build, pgoptions="-c statement_timeout=100ms")

    said = ended.stdout + ended.stderr
    assert ended.returncode == ALEMBICS
    assert (
        "FAILED: PostgreSQL ended a statement: SELECT pg_sleep(100): canceling statement due to statement timeout"
        in said
    )
    assert "Traceback" not in said
    assert revision(empty_database_url) == REVISIONS[-1]


def seen_by_the_migration(url: str) -> dict[str, str]:
    """Return PostgreSQL's settings by name, as LOOK found them."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT name, setting FROM seen").fetchall())


def test_what_the_migrations_may_wait_for_ends_before_their_job_does(empty_database_url: str, tmp_path: Path) -> None:
    job = yaml.safe_load((REPOSITORY / "k8s/base/migrate-job.yaml").read_text())["spec"]
    build = built_with(tmp_path, {"0003_look": LOOK})

    ended = alembic(empty_database_url, "upgrade", "head", build=build)

    assert ended.returncode == 0, ended.stderr
    seen = seen_by_the_migration(empty_database_url)
    assert 200_000 <= int(seen["statement_timeout"]) <= (job["activeDeadlineSeconds"] - 30) * 1000
    assert seen["lock_timeout"] == "1000"
    assert seen["client_connection_check_interval"] == "5000"


def test_a_person_may_give_a_migration_longer(empty_database_url: str, tmp_path: Path) -> None:
    build = built_with(tmp_path, {"0003_look": LOOK})

    ended = alembic(empty_database_url, "upgrade", "head", build=build, pgoptions="-c statement_timeout=2h")

    assert ended.returncode == 0, ended.stderr
    seen = seen_by_the_migration(empty_database_url)
    assert seen["statement_timeout"] == "7200000"


@contextmanager
def in_use(url: str, table: str) -> Iterator[psycopg.Connection]:
    """Hold a lock on the table, as a long query would, until the connection is rolled back."""
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
        yield connection
        connection.rollback()


def test_a_migration_waits_briefly_for_a_table_in_use_and_tries_again(empty_database_url: str) -> None:
    migrate(empty_database_url)

    with in_use(empty_database_url, "links") as user:
        downgrade = subprocess.Popen(
            [sys.executable, "-m", "alembic", "downgrade", "-1"],
            cwd=REPOSITORY,
            env={**os.environ, "DATABASE_URL": empty_database_url},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert downgrade.stderr is not None
        said = next(line for line in downgrade.stderr if "in use" in line)
        user.rollback()
        downgrade.communicate()

    assert "attempt 2 of 5" in said
    assert downgrade.returncode == 0
    assert revision(empty_database_url) == REVISIONS[-2]


def test_a_migration_gives_up_when_a_table_stays_in_use_and_leaves_the_schema_alone(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(empty_database_url)
    before = schema(empty_database_url)

    pauses: list[float] = []
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setattr("time.sleep", pauses.append)

    with in_use(empty_database_url, "links"), pytest.raises(SystemExit) as ended:
        main(["-c", str(REPOSITORY / "alembic.ini"), "downgrade", "-1"])

    assert ended.value.code == TRY_AGAIN
    assert "FAILED: a table was in use at each of 5 attempts; run it again" in "".join(capsys.readouterr())
    assert pauses == [1.0] * 4
    assert schema(empty_database_url) == before
    assert revision(empty_database_url) == REVISIONS[-1]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "DATABASE_URL: is not set"),
        ("", "DATABASE_URL: is not set"),
        ("hunter2", "DATABASE_URL: libpq cannot read it; it must be the libpq URL of the primary, postgresql://..."),
        ("postgresql://user:hunter2@[x/app", "DATABASE_URL: libpq cannot read it; it must be the libpq URL"),
        ("postgresql://user:hunter2@127.0.0.1:1/app", "DATABASE_URL: no database answers at 127.0.0.1:1: "),
        (
            "postgresql://user:hunter2@127.0.0.1:1/app",
            "; start the database or correct DATABASE_URL, then run it again",
        ),
    ],
)
def test_without_a_database_it_fails_in_a_line_without_secrets(url: str | None, said: str) -> None:
    ended = alembic(url, "upgrade", "head")

    # A database that is away may come back; an address that is none stays so.
    assert ended.returncode == (TRY_AGAIN if "127.0.0.1" in (url or "") else ALEMBICS)
    assert (ended.stdout + ended.stderr).count(said) == 1
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr


def test_another_error_of_the_database_is_not_tried_again(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE links (key text)")

    ended = alembic(empty_database_url, "upgrade", "head")

    assert ended.returncode == 1
    assert 'relation "links" already exists' in ended.stderr
    assert revision(empty_database_url) == REVISIONS[0]
