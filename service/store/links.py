"""Short links in PostgreSQL."""

from dataclasses import dataclass

from service.errors import NotFound
from service.model import Link, LinkKey
from service.store.pool import Database

# The click and the lookup are one round trip. Its commit does not wait for the disk: a crash of the database may
# forget the clicks of its last moments, never a link, and a popular link's row is not locked for a disk write a click.
_COUNT_CLICK = """
UPDATE links SET clicks = clicks + 1 WHERE key = %s
RETURNING key, url, clicks, created_at, set_config('synchronous_commit', 'off', true) AS durability
"""


@dataclass(frozen=True, slots=True)
class _Clicked(Link):
    durability: str


@dataclass(frozen=True, slots=True)
class _Inserted:
    key: str


@dataclass(frozen=True, slots=True)
class _Number:
    number: int


class LinkStore:
    """The table links. Every method raises StoreUnavailable when the database cannot be asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_if_absent(self, key: LinkKey, url: str) -> bool:
        """Store the link unless `key` is taken, and say whether it was stored."""
        with self._database.ask(_Inserted) as cursor:
            cursor.execute(
                "INSERT INTO links (key, url) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING RETURNING key",
                (key.text, url),
            )
            return cursor.fetchone() is not None

    def get(self, key: LinkKey) -> Link:
        """Return the link. Raises NotFound."""
        with self._database.ask(Link) as cursor:
            cursor.execute("SELECT key, url, clicks, created_at FROM links WHERE key = %s", (key.text,))
            return _found(cursor.fetchone(), key)

    def count_click(self, key: LinkKey) -> Link:
        """Count one click and return the link. Raises NotFound; WriteRefused when the link can still be read."""
        with self._database.ask(_Clicked) as cursor:
            return _found(cursor.execute(_COUNT_CLICK, (key.text,)).fetchone(), key)

    def next_number(self) -> int:
        """Return a number that no other call ever gets, from 1 upwards."""
        with self._database.ask(_Number) as cursor:
            row = cursor.execute("SELECT nextval('links_numbers') AS number").fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM gives one row
        return row.number


def _found(link: Link | None, key: LinkKey) -> Link:
    if link is None:
        raise NotFound(f"key: there is no link {key.text}")
    return link
