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
AWAY = 3
"""Times DATABASE_WAIT_S, for a database that is away: a failover takes a minute or two. A gate that exits twice is a
CrashLoopBackOff, and the release is blamed; later than progressDeadlineSeconds of rollout.yaml nobody would hear it."""


def main() -> None:
    """Return once the schema is there. Else exit with 1, saying what is missing.

    That is after DATABASE_WAIT_S, or after AWAY times as long while it is the database itself that is missing.
    """
    settings = from_environ_or_exit()
    database = Database(settings.database_url, places=1)
    database.open()
    schema, needed = SchemaStore(database), head()
    began_s = time.monotonic()
    told: list[str] = []
    try:
        while missing := (found := readiness.look(schema, needed, stopping=False)).failing:
            wait_s = settings.database_wait_s * (1 if found.checks["database"] == "ok" else AWAY)
            if time.monotonic() - began_s >= wait_s:
                sys.exit(f"gate: closed after {wait_s:g} s: {'; '.join(missing)}")
            if missing != told:
                sys.stderr.write(f"gate: waiting: {'; '.join(missing)}\n")
                told = missing
            time.sleep(PAUSE_S)
    finally:
        database.close()
    sys.stderr.write(f"gate: open: the database is at {needed} or past it\n")


if __name__ == "__main__":
    main()
