"""The connections to PostgreSQL: opened, checked, lent, given back, closed."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from service.errors import StoreUnavailable, WriteRefused

Row = TypeVar("Row")

# What libpq is told where DATABASE_URL does not say otherwise. Together they bound how long a request can wait for a
# network that swallows packets: no answer to a sent packet in 2 s, or no life on a quiet line in 5 + 2 x 1 s.
CONNECTION_DEFAULTS = {
    "application_name": "service",
    "connect_timeout": "2",  # the least libpq allows
    "keepalives_idle": "5",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "tcp_user_timeout": "2000",
}
NUMBERS = {"port", *CONNECTION_DEFAULTS.keys() - {"application_name"}}
CHECKOUT_TIMEOUT_S = 1.0
# While the database is known to be away a request waits only as long as a new connection takes when it is back. The
# full second each would fill the threads, and the probes would starve behind the requests.
CHECKOUT_TIMEOUT_AWAY_S = 0.1
LOCK_TIMEOUT_MS = 2000
STATEMENT_TIMEOUT_MS = 3000

# The database is there and answers, but not to this write.
REFUSALS = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.ReadOnlySqlTransaction,
    errors.InsufficientPrivilege,
    errors.DiskFull,
)
# Not there, or not the database this build was made for (a schema that migrations have yet to bring).
ABSENCES = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    PoolClosed,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedObject,
)


def conninfo(url: str) -> str:
    """Give libpq's connection string for `url` with our defaults. Raises ValueError when libpq cannot read `url`."""
    try:
        given = conninfo_to_dict(url)
        for name in NUMBERS & given.keys():
            # libpq notices these only while it connects. Several hosts may have a port each.
            if not re.fullmatch("[0-9]{0,5}(,[0-9]{0,5})*", str(given[name])):
                raise ValueError(f"its {name} must be a number")
        return make_conninfo(url, **{name: value for name, value in CONNECTION_DEFAULTS.items() if name not in given})
    except psycopg.ProgrammingError:
        # libpq's message repeats parts of the string, the password among them.
        raise ValueError("libpq cannot read it") from None


def address(url: str) -> str:
    """Name host and port of each server in `url`, and nothing else of it."""
    given = conninfo_to_dict(url)
    hosts = str(given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST") or "localhost").split(",")
    ports = str(given.get("port") or os.environ.get("PGPORT") or "5432").split(",")
    hosts = [f"[{host}]" if ":" in host else host for host in hosts]
    return ", ".join(f"{host}:{port or 5432}" for host, port in zip(hosts, ports * len(hosts), strict=False))


class Database:
    """A pool of connections to one database, `size` at most."""

    def __init__(self, url: str, *, size: int) -> None:
        self._away = False
        self._why = ""
        self._pool = ConnectionPool(
            conninfo(url),
            connection_class=_noting(self._note),
            kwargs={"autocommit": True},  # a question is one statement: no BEGIN and COMMIT round trips
            min_size=1,
            max_size=size,
            open=False,
            configure=_configure,
            check=ConnectionPool.check_connection,  # a restart of the database costs no request a dead connection
            timeout=CHECKOUT_TIMEOUT_S,
            # The pool's own back-off doubles from a second, so it would notice the database's return late. Giving up
            # at once leaves the next attempt to the next request.
            reconnect_timeout=0.2,
            name="database",
        )

    def open(self) -> None:
        """Start connecting in the background; the database need not be there."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def ask(self, row: type[Row]) -> Iterator[psycopg.Cursor[Row]]:
        """Lend a cursor whose rows are `row`s. Raises StoreUnavailable, or WriteRefused, in psycopg's stead."""
        try:
            with (
                self._pool.connection(CHECKOUT_TIMEOUT_AWAY_S if self._away else CHECKOUT_TIMEOUT_S) as connection,
                connection.cursor(row_factory=class_row(row)) as cursor,
            ):
                self._away = False
                yield cursor
        except REFUSALS as error:
            raise WriteRefused(f"database: {_first_line(error)}") from error
        except PoolTimeout as error:
            self._away = True
            raise StoreUnavailable("database: no connection in time", self._why) from error
        except ABSENCES as error:
            raise StoreUnavailable(f"database: {_first_line(error)}") from error

    def _note(self, why: str) -> None:
        self._why = why


def _noting(note: Callable[[str], None]) -> type[psycopg.Connection[Any]]:
    """Return a connection class that notes why it could not connect: the pool only logs it."""

    class Noting(psycopg.Connection[Any]):
        @classmethod
        def connect(cls, *arguments: Any, **keywords: Any) -> Any:
            try:
                connection = super().connect(*arguments, **keywords)
            except psycopg.Error as error:
                note(_first_line(error))
                raise
            note("")
            return connection

    return Noting


def _configure(connection: psycopg.Connection[Any]) -> None:
    """Bound what a statement may wait for. Sent as SET, because `options` in DATABASE_URL belong to the operator."""
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
        (f"{LOCK_TIMEOUT_MS}ms", f"{STATEMENT_TIMEOUT_MS}ms"),
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
