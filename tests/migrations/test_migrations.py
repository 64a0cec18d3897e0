"""The migrations, on a real PostgreSQL: what they make, and what an older or another build makes of that."""

import ast
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command

from service.domain.readiness import number
from tests.migrations.alembics import ALEMBICS, REVISIONS, SCRIPTS, alembic, at, revision, schema
from tests.postgres import REPOSITORY, migrate


def test_there_is_one_head_and_it_is_the_one_in_the_file() -> None:
    assert SCRIPTS.get_heads() == [(REPOSITORY / "migrations" / "HEAD").read_text().strip()]


@pytest.mark.parametrize("name", REVISIONS)
def test_a_revision_is_named_as_its_file(name: str) -> None:
    assert Path(SCRIPTS.get_revision(name).path).stem == name


def test_revisions_are_numbered_in_their_order() -> None:
    assert [number(name) for name in REVISIONS] == list(range(1, len(REVISIONS) + 1))


@pytest.mark.parametrize("name", REVISIONS)
def test_a_migration_explains_itself(name: str) -> None:
    tree = ast.parse(Path(SCRIPTS.get_revision(name).path).read_text())

    assert ast.get_docstring(tree)
    assert all(ast.get_docstring(node) for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("before", "after"), list(zip(["base", *REVISIONS], REVISIONS, strict=False)))
def test_each_migration_goes_up_down_and_up_again(empty_database_url: str, before: str, after: str) -> None:
    if before != "base":
        migrate(empty_database_url, command.upgrade, before)
    schema_before = schema(empty_database_url)

    migrate(empty_database_url, command.upgrade, after)
    schema_after = schema(empty_database_url)
    migrate(empty_database_url, command.downgrade, before)
    schema_down = schema(empty_database_url)
    migrate(empty_database_url, command.upgrade, after)

    assert schema_after != schema_before
    assert schema_down == schema_before
    assert schema(empty_database_url) == schema_after
    assert revision(empty_database_url) == after


def test_many_migrators_at_once_all_succeed(empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        ended = list(threads.map(lambda _: alembic(empty_database_url, "upgrade", "head"), range(3)))

    assert [each.returncode for each in ended] == [0, 0, 0]
    # One did the work; the others waited, and found it done.
    assert sum(each.stderr.count("Running upgrade") for each in ended) == len(REVISIONS)
    assert revision(empty_database_url) == REVISIONS[-1]


def test_migrating_again_changes_nothing(empty_database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    migrate(empty_database_url)
    before = schema(empty_database_url)

    caplog.set_level(logging.INFO)
    migrate(empty_database_url)

    assert schema(empty_database_url) == before
    assert "Running upgrade" not in caplog.text


def test_an_older_build_leaves_a_database_alone_that_a_newer_one_has_migrated(empty_database_url: str) -> None:
    migrate(empty_database_url)
    at(empty_database_url, "9999_of_a_newer_build")
    before = schema(empty_database_url)

    ended = alembic(empty_database_url, "upgrade", "head")

    assert ended.returncode == 0, ended.stderr
    assert "newer than this build" in ended.stderr
    assert schema(empty_database_url) == before
    assert revision(empty_database_url) == "9999_of_a_newer_build"


@pytest.mark.parametrize("words", [("downgrade", "-1"), ("upgrade", "0001_create_config_entries")])
def test_an_older_build_does_nothing_else_to_a_newer_database(empty_database_url: str, words: tuple[str, str]) -> None:
    migrate(empty_database_url)
    at(empty_database_url, "9999_of_a_newer_build")

    ended = alembic(empty_database_url, *words)

    assert ended.returncode != 0
    assert revision(empty_database_url) == "9999_of_a_newer_build"


def test_where_an_older_build_is_the_database_is_asked_and_no_traceback_is_the_answer(empty_database_url: str) -> None:
    migrate(empty_database_url)
    at(empty_database_url, "9999_of_a_newer_build")

    ended = alembic(empty_database_url, "current")

    assert "Can't locate revision identified by '9999_of_a_newer_build'" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("used_twice", REVISIONS)
def test_a_number_used_twice_is_told_with_both_names_and_nothing_is_done(
    empty_database_url: str, used_twice: str
) -> None:
    migrate(empty_database_url)
    other = f"{used_twice[:4]}_of_another_branch"
    at(empty_database_url, other)
    before = schema(empty_database_url)

    ended = alembic(empty_database_url, "upgrade", "head")

    said = ended.stdout + ended.stderr
    assert ended.returncode == ALEMBICS
    assert f"FAILED: the database is at {other}, and this build calls that number {used_twice}" in said
    assert "Traceback" not in said
    assert schema(empty_database_url) == before
    assert revision(empty_database_url) == other


def test_the_statements_can_be_read_before_they_run() -> None:
    printed = alembic(None, "upgrade", "head", "--sql")

    assert printed.returncode == 0
    assert "CREATE TABLE config_entries" in printed.stdout
