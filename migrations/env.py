"""Runs the migrations: alembic upgrade head, with DATABASE_URL in the environment.

The statements are written by hand and there are no SQLAlchemy models, so `alembic check` has nothing to compare the
schema with (it exits with an error saying so). The tests of service/store/ run every statement of the service on a
database built by these migrations, and those of migrations/ take each one up, down and up again.

An older build finds a database that a newer one has migrated and has nothing to do there: a rollback runs this job too,
and alembic alone would end it with "Can't locate revision". Revisions are numbered, so "newer" can be told.

One migrator works at a time: an advisory lock makes the next one wait, find the work done, and end. A migration waits
for the service's locks only briefly, since every query behind it waits as well; it lets go, and tries again.
"""

import logging
import os
import time

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, inspect, pool
from sqlalchemy.exc import OperationalError

from service.domain.readiness import number
from service.store.conninfo import address

LOCK = 7_133_540_862_217_904_391
"""Any number; the same in every version, so that two of them exclude each other."""
LOCK_TIMEOUT_MS = 1000
ATTEMPTS = 5
PAUSE_S = 1.0
_WANTED = "it must be the libpq URL of the primary, postgresql://..."
log = logging.getLogger("alembic.env")


def run_offline() -> None:
    """Print the statements: alembic upgrade head --sql."""
    context.configure(dialect_name="postgresql", transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the statements. Raises CommandError, which alembic prints as one line, when the database is not there."""
    engine = create_engine("postgresql+psycopg://", creator=_connect, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        connection.commit()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _migrate(connection)
            except OperationalError as error:
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                connection.rollback()
                if attempt == ATTEMPTS:
                    raise CommandError(f"a table was in use at each of {ATTEMPTS} attempts; run it again") from error
                log.warning("a table is in use; attempt %d of %d follows", attempt + 1, ATTEMPTS)
                time.sleep(PAUSE_S)
            else:
                return


def _migrate(connection: Connection) -> None:
    """Run what is missing, each migration in its own transaction: what is done stays done."""
    context.configure(connection=connection, transaction_per_migration=True)
    newer = _newer_than_this_build(connection)
    if newer and context.get_revision_argument() == context.get_head_revision():
        log.info("the database is at %s, which is newer than this build: nothing to do", newer)
        return
    with context.begin_transaction():
        context.run_migrations()


def _newer_than_this_build(connection: Connection) -> str | None:
    """Return the revision of a database that a newer build has migrated; None where this build knows it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT max(version_num) FROM alembic_version").scalar()
    connection.commit()
    return found if found is not None and number(found) > number(str(context.get_head_revision())) else None


def _connect() -> psycopg.Connection[tuple[object, ...]]:
    """Connect by libpq's own reading of the URL; SQLAlchemy's knows fewer of its forms."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise CommandError(f"DATABASE_URL: is not set; {_WANTED}")
    try:
        # By feel: the platform starts a failed migration again, so it need not wait long.
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.ProgrammingError:
        # libpq's message repeats parts of the URL, the password among them.
        raise CommandError(f"DATABASE_URL: libpq cannot read it; {_WANTED}") from None
    except psycopg.OperationalError as error:
        raise CommandError(
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
