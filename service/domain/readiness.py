"""Whether requests should be sent here."""

import re
from dataclasses import dataclass

from service.errors import StoreUnavailable
from service.store.schema import SchemaStore


@dataclass(frozen=True, slots=True)
class Readiness:
    """The checks by name, each "ok" or a sentence about what is wrong."""

    checks: dict[str, str]

    @property
    def failing(self) -> list[str]:
        """The checks that are not ok, as "name: what is wrong"."""
        return [f"{name}: {found}" for name, found in self.checks.items() if found != "ok"]


def look(store: SchemaStore, needed: str, *, stopping: bool) -> Readiness:
    """Look at the database and its schema; `needed` is the revision this build was made for."""
    if stopping:
        return Readiness({"stopping": "the process finishes what runs and takes nothing new"})
    try:
        found = store.revision()
    except StoreUnavailable as error:
        return Readiness({"database": str(error).removeprefix("database: ")})
    return Readiness({"database": "ok", "schema": _schema(found, needed)})


def _schema(found: str | None, needed: str) -> str:
    if found is None:
        return f"no migration has run; needs {needed}: run alembic upgrade head"
    if number(found) < number(needed):
        return f"at {found}, needs {needed}: run alembic upgrade head"
    if number(found) == number(needed) and found != needed:
        return f"at {found}, needs {needed}: a number used twice; give this build's migration the next free one"
    # At or past: an older image must go on serving while a newer one's migrations have run, and cannot know their
    # names. That is why revisions are numbered.
    return "ok"


def number(revision: str) -> int:
    """Return the number a revision id begins with, -1 when it begins with none."""
    leading = re.match(r"[0-9]+", revision)
    return int(leading[0]) if leading else -1
