"""What the migrations have done to the database so far, and what this build's would do."""

from dataclasses import dataclass
from pathlib import Path

from service.store.pool import Database

HEAD = Path(__file__).parents[2] / "migrations" / "HEAD"


@dataclass(frozen=True, slots=True)
class _Table:
    is_there: bool


@dataclass(frozen=True, slots=True)
class _Revision:
    version_num: str


def head() -> str:
    """Return the newest revision that this build knows."""
    return HEAD.read_text().strip()


class SchemaStore:
    """Alembic's own table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> str | None:
        """Return the newest revision the database is at, or None before the first migration.

        Raises StoreUnavailable when the database cannot be asked.
        """
        with self._database.ask(_Table, probe=True) as cursor:
            # Asked first, so that a database before its first migration is not taken for one that is away.
            table = cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS is_there").fetchone()
        if table is None or not table.is_there:
            return None
        with self._database.ask(_Revision, probe=True) as cursor:
            row = cursor.execute("SELECT max(version_num) AS version_num FROM alembic_version").fetchone()
        return row.version_num if row else None
