"""Holds a pod back until the database is at or past what its image needs: python3 -m service.release.gate

An init container of the service's pods. The migration runs before them, but Argo CD does at times skip a hook
(argo-cd#22795): without the gate, a version whose migration never ran would be ready for requests that need it.
"""

import sys
import time

from service.domain import readiness
from service.settings import from_environ_or_exit
from service.store.pool import Database
from service.store.schema import SchemaStore, head

PAUSE_S = 1.0


def main() -> None:
    """Return once the schema is there. After DATABASE_WAIT_S exit with 1, saying what is missing."""
    settings = from_environ_or_exit()
    database = Database(settings.database_url, places=1)
    database.open()
    schema, needed = SchemaStore(database), head()
    deadline_s = time.monotonic() + settings.database_wait_s
    told: list[str] = []
    try:
        while missing := readiness.look(schema, needed, stopping=False).failing:
            if time.monotonic() >= deadline_s:
                sys.exit(f"gate: closed after {settings.database_wait_s:g} s: {'; '.join(missing)}")
            if missing != told:
                sys.stderr.write(f"gate: waiting: {'; '.join(missing)}\n")
                told = missing
            time.sleep(PAUSE_S)
    finally:
        database.close()
    sys.stderr.write(f"gate: open: the database is at {needed} or past it\n")


if __name__ == "__main__":
    main()
