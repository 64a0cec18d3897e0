"""Waits for the database while the process already serves /healthz, and gives up when it never comes.

The workers look, because the pools are theirs; the master decides the exit status. What they tell each other is one
shared byte, and why the last attempt failed.
"""

import logging
import mmap
import os
import random
import signal
import sys
import threading
import time

from service.errors import StoreUnavailable
from service.store.schema import SchemaStore

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
_WAITING, _CAME, _GAVE_UP = 0, 1, 2
_WHY_BYTES = 500
log = logging.getLogger(__name__)


class DatabaseWait:
    """Made in the master before it forks; `wait_s` counts from then. `address` is what people are told to look at."""

    def __init__(self, wait_s: float, address: str) -> None:
        self._wait_s = wait_s
        self._address = address
        self._deadline_s = time.monotonic() + wait_s
        self._state = mmap.mmap(-1, 1 + _WHY_BYTES)

    def begin(self, schema: SchemaStore, stopping: threading.Event) -> None:
        """In a worker: wait in the background until the database answers, or end the master."""
        threading.Thread(target=self._wait, args=(schema, stopping), name="database-wait", daemon=True).start()

    def end(self) -> None:
        """In the master, at its very end: exit with 1, saying why, when the database never came."""
        if self._state[0] == _GAVE_UP:
            why = self._state[1:].rstrip(b"\0").decode(errors="ignore")
            sys.stderr.write(
                f"DATABASE_URL: no database answered at {self._address} within DATABASE_WAIT_S, {self._wait_s:g} s:"
                f" {why}; start the database or correct DATABASE_URL, then start the service again\n"
            )
            raise SystemExit(1)

    def _wait(self, schema: SchemaStore, stopping: threading.Event) -> None:
        pause_s = FIRST_PAUSE_S
        # Once any worker has met the database, its absence is an outage, which /readyz tells and the pools mend.
        while self._state[0] == _WAITING:
            try:
                schema.revision()
            except StoreUnavailable as error:
                left_s = self._deadline_s - time.monotonic()
                if left_s <= 0:
                    self._give_up(error)
                    return
                log.info("waiting for the database, %.1f s left: %s", left_s, error.why or error)
                # Jitter, so that many pods do not knock in step.
                if stopping.wait(min(left_s, pause_s * random.uniform(0.8, 1.2))):  # noqa: S311 - nobody gains by guessing it
                    return
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                self._state[0] = _CAME
        # Start-up is over: from here on the pool itself says why it cannot connect (service/logs.py).
        logging.getLogger("psycopg.pool").setLevel(logging.WARNING)

    def _give_up(self, error: StoreUnavailable) -> None:
        if self._state[0] == _WAITING:
            self._state[1:] = (error.why or str(error)).encode()[:_WHY_BYTES].ljust(_WHY_BYTES, b"\0")
            self._state[0] = _GAVE_UP
            log.critical("giving up: the database did not come: %s", error.why or error)
            os.kill(os.getppid(), signal.SIGTERM)
