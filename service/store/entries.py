"""Configuration entries in PostgreSQL.

A deleted entry's row stays, its value gone (SQL NULL; JSON null is a value), because its version must go on rising
when the key is made again.
"""

from dataclasses import dataclass
from typing import Any

from service.errors import NotFound, PreconditionFailed
from service.model import ConfigKey, Entry, JsonText, Page, Preconditions, Tags
from service.store.pool import Database

_COLUMNS = "id, key, value::text AS value, version, updated_at"

# One statement decides and writes, so between the two nobody else can write: of two writers with the same tag one
# waits for the other's row, finds the version risen, and loses.
_PUT = f"""
INSERT INTO config_entries AS held (key, value) VALUES (%(key)s, %(value)s)
ON CONFLICT (key) DO UPDATE SET
    value = excluded.value,
    version = held.version + 1,
    first_version = CASE WHEN held.value IS NULL THEN held.version + 1 ELSE held.first_version END,
    updated_at = clock_timestamp()
WHERE held.value IS NULL OR NOT (%(none_anything)s OR held.version = ANY(%(none_versions)s))
RETURNING {_COLUMNS}, version = first_version AS created
"""  # noqa: S608 - the column list is the constant above

_REPLACE = f"""
UPDATE config_entries SET value = %(value)s, version = version + 1, updated_at = clock_timestamp()
WHERE key = %(key)s AND value IS NOT NULL
  AND (%(anything)s OR version = ANY(%(versions)s))
  AND NOT (%(none_anything)s OR version = ANY(%(none_versions)s))
RETURNING {_COLUMNS}, false AS created
"""  # noqa: S608 - as above

_DELETE = """
UPDATE config_entries SET value = NULL, updated_at = clock_timestamp()
WHERE key = %(key)s AND value IS NOT NULL
  AND (%(anything)s OR version = ANY(%(versions)s))
  AND NOT (%(none_anything)s OR version = ANY(%(none_versions)s))
RETURNING id
"""

# Keys are ASCII below DEL, so "up to the prefix and DEL" is "begins with the prefix", and one range of the index.
_PAGE = f"""
SELECT {_COLUMNS} FROM config_entries
WHERE value IS NOT NULL AND key > %(after)s AND key >= %(prefix)s AND key < %(prefix)s || chr(127)
ORDER BY key LIMIT %(limit)s
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class _Id:
    id: int


@dataclass(frozen=True, slots=True)
class _Written(Entry):
    created: bool


class EntryStore:
    """The table config_entries. Every method raises StoreUnavailable when the database cannot be asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, key: ConfigKey, value: JsonText, only: Preconditions) -> tuple[Entry, bool]:
        """Write the entry and return it, with True when there was none before. Raises PreconditionFailed."""
        wanted = {"key": key.text, "value": value.text, **_conditions(only)}
        with self._database.ask(_Written) as cursor:
            row = cursor.execute(_PUT if only.if_match is None else _REPLACE, wanted).fetchone()
        if row is None:
            raise PreconditionFailed(f"key: {key.text} is not in the state the request asks for")
        return Entry(row.id, row.key, row.value, row.version, row.updated_at), row.created

    def get(self, key: ConfigKey) -> Entry:
        """Return the entry under `key`. Raises NotFound."""
        with self._database.ask(Entry) as cursor:
            cursor.execute(
                f"SELECT {_COLUMNS} FROM config_entries WHERE key = %s AND value IS NOT NULL",  # noqa: S608 - as above
                (key.text,),
            )
            entry = cursor.fetchone()
        if entry is None:
            raise NotFound(f"key: there is no entry {key.text}")
        return entry

    def get_by_id(self, number: int) -> Entry:
        """Return the entry with that number. Raises NotFound."""
        with self._database.ask(Entry) as cursor:
            cursor.execute(
                f"SELECT {_COLUMNS} FROM config_entries WHERE id = %s AND value IS NOT NULL",  # noqa: S608 - as above
                (number,),
            )
            entry = cursor.fetchone()
        if entry is None:
            raise NotFound(f"id: there is no entry {number}")
        return entry

    def page(self, *, prefix: str, after: str, limit: int) -> Page:
        """Return up to `limit` entries whose keys begin with `prefix` and come after `after`, in bytewise order."""
        with self._database.ask(Entry) as cursor:
            # One more than asked for tells whether there is a next page.
            cursor.execute(_PAGE, {"prefix": prefix, "after": after, "limit": limit + 1})
            entries = cursor.fetchall()
        more = len(entries) > limit
        return Page(entries[:limit], next=entries[limit - 1].key if more else None)

    def delete(self, key: ConfigKey, only: Preconditions) -> None:
        """Remove the entry. Raises NotFound when there is none, else PreconditionFailed."""
        with self._database.ask(_Id) as cursor:
            deleted = cursor.execute(_DELETE, {"key": key.text, **_conditions(only)}).fetchone()
        if deleted is None:
            self.get(key)  # Nothing was written; this only picks the error. Raises NotFound.
            if only == Preconditions():
                # Made by somebody else after the statement above found none: at that moment there was none.
                raise NotFound(f"key: there is no entry {key.text}")
            raise PreconditionFailed(f"key: {key.text} is not in the state the request asks for")


def _conditions(only: Preconditions) -> dict[str, Any]:
    match = only.if_match or Tags(anything=only.if_match is None)
    none = only.if_none_match or Tags()
    return {
        "anything": match.anything,
        "versions": list(match.versions),
        "none_anything": none.anything,
        "none_versions": list(none.versions),
    }
