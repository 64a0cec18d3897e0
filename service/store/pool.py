"""The connections to PostgreSQL: opened, checked, lent, given back, closed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from service.errors import StoreUnavailable, WriteRefused
from service.store.conninfo import conninfo

Row = TypeVar("Row")

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
