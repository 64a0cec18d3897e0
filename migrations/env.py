"""Runs the migrations: alembic upgrade head, with DATABASE_URL in the environment.

The statements are written by hand and there are no SQLAlchemy models, so `alembic check` has nothing to compare the
schema with (it exits with an error saying so). The tests of service/store/ run every statement of the service on a
database built by these migrations, and those of migrations/ take each one up, down and up again.

An older build finds a database that a newer one has migrated and has nothing to do there: a rollback runs this job too,
and alembic alone would end it with "Can't locate revision". Revisions are numbered, so "newer" can be told.

One migrator works at a time: an advisory lock makes the next one wait, find the work done, and end. A migration waits
for the service's locks only briefly, since every query behind it waits as well; it lets go, and tries again.

PostgreSQL goes on with a statement whose client was killed, locks and all, until it wants to answer. So it is told to
look after its client, and each statement ends before the Job that runs it.
"""

import logging
import os
import sys
import time

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, inspect, pool
from sqlalchemy.exc import OperationalError

from service.domain.readiness import number
from service.store.conninfo import address

LOCK = 7_133_540_862_217_904_391
"""Any number; the same in every version, so that two of them exclude each other."""
LOCK_WAIT_S = 25
"""For another migrator. The Job tries five times, with 150 s of pauses, and so all of them end within its 300 s."""
LOCK_TIMEOUT_MS = 1000
STATEMENT_TIMEOUT_S = 240
"""Below activeDeadlineSeconds of k8s/base/migrate-job.yaml, less a minute by feel for the pod's start: who is killed
can't say why."""
CLIENT_CHECK = "5s"
ATTEMPTS = 5
PAUSE_S = 1.0
TRY_AGAIN = 75
"""The exit code (EX_TEMPFAIL of sysexits.h) of what may go well the next time; the Job gives up on alembic's own."""
_WANTED = "it must be the libpq URL of the primary, postgresql://..."
_HOLDER = """
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND granted AND datname = current_database() AND classid = %s AND objid = %s
"""
log = logging.getLogger("alembic.env")


def run_offline() -> None:
    """Print the statements: alembic upgrade head --sql."""
    context.configure(dialect_name="postgresql", transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the statements.

    Raises CommandError, which alembic prints as one line, when it can't go well; SystemExit with TRY_AGAIN when it may
    the next time: the database is away, or others use what is to be changed.
    """
    engine = create_engine("postgresql+psycopg://", creator=_connect, poolclass=pool.NullPool)
    try:
        _run_on(engine)
    except OperationalError as error:
        if not error.connection_invalidated:
            raise
        raise _in_vain(
            f"the connection to PostgreSQL broke: {str(error.orig).splitlines()[0]}; run it again"
        ) from error


def _run_on(engine: Engine) -> None:
    with engine.connect() as connection:
        _set(
            connection,
            lock_timeout=f"{LOCK_WAIT_S}s",
            statement_timeout=f"{STATEMENT_TIMEOUT_S}s",
            client_connection_check_interval=CLIENT_CHECK,
        )
        # Before the lock: a rollback must not wait for the migration that it leaves behind.
        if _nothing_to_do(connection):
            return
        _lock(connection)
        _set(connection, lock_timeout=f"{LOCK_TIMEOUT_MS}ms")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _migrate(connection)
            except OperationalError as error:
                if isinstance(error.orig, psycopg.errors.QueryCanceled):
                    raise CommandError(_ended(error)) from error
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                connection.rollback()
                if attempt == ATTEMPTS:
                    raise _in_vain(f"a table was in use at each of {ATTEMPTS} attempts; run it again") from error
                log.warning("a table is in use; attempt %d of %d follows", attempt + 1, ATTEMPTS)
                time.sleep(PAUSE_S)
            else:
                return


def _set(connection: Connection, **settings: str) -> None:
    """Set what this server knows, and what DATABASE_URL and PGOPTIONS leave open: a person may give it longer."""
    for name, value in settings.items():
        connection.exec_driver_sql(
            "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND source <> 'client'", (value, name)
        )
    connection.commit()


def _lock(connection: Connection) -> None:
    """Wait until no other migrator works. Raises SystemExit, and names the one that did not end."""
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        connection.rollback()
        waited = connection.exec_driver_sql("SHOW lock_timeout").scalar()
        holder = connection.exec_driver_sql(_HOLDER, (LOCK >> 32, LOCK & 0xFFFFFFFF)).scalar()
        raise _in_vain(
            f"another migrator did not end within {waited}: process {holder or '(just gone)'} of PostgreSQL has the"
            f" lock; wait for it, or end it with SELECT pg_terminate_backend({holder or 'PID'}), then run it again"
        ) from error
    connection.commit()


def _migrate(connection: Connection) -> None:
    """Run what is missing, each migration in its own transaction: what is done stays done."""
    if _nothing_to_do(connection):
        return
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def _nothing_to_do(connection: Connection) -> bool:
    """Say whether `upgrade head` finds the database at this build's head, or where a newer build has brought it.

    Raises CommandError when the number it is at is that of another migration in this build.
    """
    head = context.get_head_revision()
    if not isinstance(head, str) or _destination() != head:
        return False
    found = _revision(connection)
    if found is None:
        return False
    ours = {number(script.revision): script.revision for script in context.script.walk_revisions()}
    if (named := ours.get(number(found), found)) != found:
        raise CommandError(
            f"the database is at {found}, and this build calls that number {named}: one number for two migrations;"
            " give this build's the next free number, then build it again"
        )
    if number(found) < number(head):
        return False
    where = "this build's head" if found == head else "which is newer than this build"
    log.info("the database is at %s, %s: nothing to do", found, where)
    return True


def _destination() -> object:
    """Return the revision that was asked for; None for a command that moves nothing, such as `alembic current`."""
    try:
        return context.get_revision_argument()
    except KeyError:
        return None


def _revision(connection: Connection) -> str | None:
    """Return the newest revision the database is at, or None before the first migration."""
    there = inspect(connection).has_table("alembic_version")
    found = connection.exec_driver_sql("SELECT max(version_num) FROM alembic_version").scalar() if there else None
    # Alembic takes a transaction that it finds open for its caller's, and would not commit.
    connection.commit()
    return found


def _ended(error: OperationalError) -> str:
    """Say which statement PostgreSQL ended, and what to do."""
    statement = " ".join((error.statement or "").split())
    return (
        f"PostgreSQL ended a statement: {statement:.80}: {str(error.orig).splitlines()[0]}; make it shorter, or run it"
        " by hand with a longer statement_timeout (docs/runbooks/failed-migration.md)"
    )


def _in_vain(why: str) -> SystemExit:
    """Say why as alembic does, and return what ends the process."""
    sys.stderr.write(f"FAILED: {why}\n")
    return SystemExit(TRY_AGAIN)


def _connect() -> psycopg.Connection[tuple[object, ...]]:
    """Connect by libpq's own reading of the URL; SQLAlchemy's knows fewer of its forms."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise CommandError(f"DATABASE_URL: is not set; {_WANTED}")
    try:
        # By feel: the platform starts a failed migration again, so it need not wait long.
        return psycopg.connect(url, connect_timeout=10, fallback_application_name="migrate")
    except psycopg.ProgrammingError:
        # libpq's message repeats parts of the URL, the password among them.
        raise CommandError(f"DATABASE_URL: libpq cannot read it; {_WANTED}") from None
    except psycopg.OperationalError as error:
        raise _in_vain(
            f"DATABASE_URL: no database answers at {address(url)}: {str(error).splitlines()[0]};"
            " start the database or correct DATABASE_URL, then run it again"
        ) from error


if not logging.getLogger().handlers:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # It repeats what alembic prints as "FAILED: ..." when it ends.
    logging.getLogger("alembic.util.messaging").setLevel(logging.CRITICAL)
if context.is_offline_mode():
    run_offline()
else:
    run_online()
