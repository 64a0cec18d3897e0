"""The connections to PostgreSQL: opened, checked, lent, given back, closed.

Nobody waits for the database for ever. Its own time-outs are judged by its own clock, which stands still where the
database does: stopped, or behind a network that swallows packets. So every wait has an end on this side too.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from service.errors import StoreUnavailable, WriteRefused
from service.store.conninfo import conninfo

Row = TypeVar("Row")

# How long somebody waits until one of those who use the database is done with it. All of them busy for so long is
# what a database looks like that has stopped, or a table that is locked.
PLACE_TIMEOUT_S = 0.5
CHECKOUT_TIMEOUT_S = 1.0
# While the database is known to be away a request waits only as long as a new connection takes when it is back.
CHECKOUT_TIMEOUT_AWAY_S = 0.1
LOCK_TIMEOUT_MS = 2000
STATEMENT_TIMEOUT_MS = 3000
# Later than the server itself gives up, so that where it lives it is the one who says what is wrong.
ANSWER_TIMEOUT_S = 3.5
# For statements that wait for nobody: of the probes, and of a connection that is made or checked.
PROMPT_ANSWER_TIMEOUT_S = 1.0

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
    """A pool of connections to one database: `places` for requests, and one more for those who look how it is."""

    def __init__(self, url: str, *, places: int) -> None:
        self._why = ""
        self._requests = _Lane(places, ANSWER_TIMEOUT_S)
        self._probes = _Lane(1, PROMPT_ANSWER_TIMEOUT_S)
        self._pool = ConnectionPool(
            conninfo(url),
            connection_class=_noting(self._note),
            kwargs={"autocommit": True},  # a question is one statement: no BEGIN and COMMIT round trips
            min_size=1,
            max_size=places + 1,  # so that waiting for one always means that the database is away
            open=False,
            configure=_configure,
            check=_check,  # a restart of the database costs no request a dead connection
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
    def ask(self, row: type[Row], *, probe: bool = False) -> Iterator[psycopg.Cursor[Row]]:
        """Lend a cursor whose rows are `row`s. Raises StoreUnavailable, or WriteRefused, in psycopg's stead.

        A `probe` has a place of its own, so that busy requests do not make the database look away.
        """
        lane = self._probes if probe else self._requests
        # Known to be in vain, it is not waited for: the next in the queue may want nothing of the database.
        if not lane.free.acquire(timeout=0 if lane.stuck else PLACE_TIMEOUT_S):
            lane.stuck = True
            raise StoreUnavailable("database: others wait for its answer already", self._why)
        try:
            with (
                self._pool.connection(CHECKOUT_TIMEOUT_AWAY_S if lane.stuck else CHECKOUT_TIMEOUT_S) as connection,
                connection.cursor(row_factory=class_row(row)) as cursor,
            ):
                lane.stuck = False
                connection.patience_s = lane.patience_s
                yield cursor
        except REFUSALS as error:
            raise WriteRefused(f"database: {_first_line(error)}") from error
        except PoolTimeout as error:
            lane.stuck = True
            raise StoreUnavailable("database: no connection in time", self._why) from error
        except ABSENCES as error:
            raise StoreUnavailable(f"database: {_first_line(error)}") from error
        finally:
            lane.free.release()

    def _note(self, why: str) -> None:
        self._why = why


class _Lane:
    """Those who may wait for the database at once, `places` of them, and what became of the last one who tried."""

    def __init__(self, places: int, patience_s: float) -> None:
        self.free = threading.Semaphore(places)
        self.patience_s = patience_s
        self.stuck = False


class _Connection(psycopg.Connection[Any]):
    """Waits for no answer longer than its patience."""

    patience_s = PROMPT_ANSWER_TIMEOUT_S

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Return what psycopg was waiting for. Every statement comes through here."""
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            # The answer is still to come. It must not reach whoever is lent the connection next.
            self.close()
            raise psycopg.OperationalError("no answer in time") from None


def _noting(note: Callable[[str], None]) -> type[_Connection]:
    """Return a connection class that notes why it could not connect: the pool only logs it."""

    class Noting(_Connection):
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


def _configure(connection: _Connection) -> None:
    """Bound what a statement may wait for. Sent as SET, because `options` in DATABASE_URL belong to the operator."""
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
        (f"{LOCK_TIMEOUT_MS}ms", f"{STATEMENT_TIMEOUT_MS}ms"),
    )


def _check(connection: _Connection) -> None:
    """Raise unless the connection is alive. The round trip is worth it: see `check` above."""
    connection.patience_s = PROMPT_ANSWER_TIMEOUT_S
    ConnectionPool.check_connection(connection)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
