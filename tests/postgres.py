"""A real PostgreSQL, started in a folder and stopped again: the one that `make demo` shows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from demo import postgres

REPOSITORY = Path(__file__).parent.parent


@contextmanager
def running_postgres(directory: Path) -> Iterator[str]:
    """Run a server whose data are in `directory`, made if need be, and give the URL of its database postgres.

    It listens on a Unix socket only, so two of them never want one port. It ends with this thread, and so with a test
    run that is killed. Run by root it runs as nobody, for whom the folder that `directory` is in is opened: not below
    pytest's tmp_path, which every test run closes to other users.
    """
    directory.parent.chmod(0o711)
    with postgres.running(directory, directory.with_suffix(".log")) as server:
        yield server.url("postgres")


@contextmanager
def temporary_database(server_url: str) -> Iterator[str]:
    """Make an empty database on the server and give its URL; drop it at the end, whoever is still connected."""
    name = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield with_database(server_url, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """Return `url` with another database in it."""
    scheme, host, _, query, _ = urlsplit(url)
    return f"{scheme}://{host}/{name}" + (f"?{query}" if query else "")


def migrate(url: str, move: Callable[[Config, str], None] = command.upgrade, revision: str = "head") -> None:
    """Bring the database to `revision` by the real migrations; `move` is alembic's upgrade or downgrade."""
    with patch.dict(os.environ, DATABASE_URL=url):
        move(Config(REPOSITORY / "alembic.ini"), revision)
