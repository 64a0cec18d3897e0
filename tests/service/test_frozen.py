"""A database that is there and does not answer: stopped in its tracks, or all its places taken."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from demo.postgres import short_folder
from service.errors import StoreUnavailable
from service.settings import Settings
from service.store import pool
from service.store.pool import Database
from tests.postgres import REPOSITORY, migrate, running_postgres
from tests.service.processes import Service, children, eventually, started


class Freezer:
    """Stops every process of a database server where it is, and lets them go on."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            told = Path(f"/proc/{connection.info.backend_pid}/status")
            if not told.exists():
                pytest.skip("only Linux tells in /proc which processes a database server is made of")
            status = told.read_text()
        self._server = int(status.partition("PPid:")[2].split()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Leave the server without a tick of its clock: the kernel takes connections for it, and nobody answers."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        os.kill(self._server, number)
        for child in children(self._server):
            os.kill(child, number)


@pytest.fixture
def freezer() -> Iterator[Freezer]:
    """A migrated database on a server that the test may freeze."""
    with short_folder("postgres-") as folder, running_postgres(folder / "data") as url:
        migrate(url)
        yield Freezer(url)


@pytest.fixture
def service(tmp_path: Path, freezer: Freezer) -> Iterator[Service]:
    """A ready service of one worker that may ask the database two things at once."""
    with started(tmp_path, DATABASE_URL=freezer.url, WEB_THREADS="2") as service:
        eventually(lambda: service.answers("/readyz", 200))
        yield service


def test_all_that_a_request_waits_for_ends_when_the_documentation_says() -> None:
    text = (REPOSITORY / "docs/reference/service.md").read_text()
    (documented_s,) = re.findall(r"gives 503 within ([0-9]+) s to who asked it", text)

    # A place, a connection, which is looked at before it is lent, and the answer.
    waits_s = pool.PLACE_TIMEOUT_S + pool.CHECKOUT_TIMEOUT_S + pool.PROMPT_ANSWER_TIMEOUT_S + pool.ANSWER_TIMEOUT_S

    assert waits_s == int(documented_s)


WAITING_FOR_A_LOCK = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def test_with_its_database_frozen_the_probes_answer_and_it_wakes_up_with_it(service: Service, freezer: Freezer) -> None:
    def write(number: int) -> int:
        return service.post("/config", {"key": f"k{number}", "value": number})

    with (
        ThreadPoolExecutor(20) as threads,
        psycopg.connect(freezer.url) as holder,
        psycopg.connect(freezer.url, autocommit=True) as sql,
    ):
        holder.execute("LOCK TABLE config_entries IN SHARE MODE")
        asking = [threads.submit(write, number) for number in range(2)]
        eventually(lambda: sql.execute(WAITING_FOR_A_LOCK).fetchone() == (2,))
        with freezer.frozen():
            crowd = [threads.submit(write, number) for number in range(2, 10)]
            crowd += [threads.submit(lambda: service.get("/config")[0]) for _ in range(8)]
            probe = service.connect()
            probe.request("GET", "/readyz")
            alive = service.get("/healthz")[0]
            answer = probe.getresponse()
            why = answer.read()
            probe.close()
            statuses = [future.result() for future in asking + crowd]
            still_alive = [service.get(path)[0] for path in ("/healthz", "/readyz", "/config")]
        holder.rollback()
    eventually(lambda: service.answers("/readyz", 200))
    written = [write(0), service.get("/config/k0")[0]]

    assert (alive, answer.status) == (200, 503)
    assert b'"database": "' in why
    assert _order(service, "/healthz", "/readyz", "no answer in time")[0] == "/healthz"
    assert statuses == [503] * 18
    assert still_alive == [200, 503, 503]
    assert written in ([201, 200], [200, 200])


def _order(service: Service, *marks: str) -> list[str]:
    """Return the words in the order they first came in the log, of what followed when the service had become ready."""
    _, _, since = service.log().partition('"status": 200')
    return sorted(marks, key=since.index)


def test_what_was_acknowledged_before_and_after_a_freeze_is_there(service: Service, freezer: Freezer) -> None:
    acknowledged: dict[str, int] = {}
    refused: set[int] = set()
    done = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            status = service.post("/config", {"key": f"{writer}/{number}", "value": number})
            if status == 201:
                acknowledged[f"{writer}/{number}"] = number
            else:
                assert status == 503
                refused.add(writer)

    with ThreadPoolExecutor(6) as threads:
        writers = [threads.submit(write, writer) for writer in range(6)]
        try:
            eventually(lambda: len(acknowledged) > 60)
            with freezer.frozen():
                eventually(lambda: len(refused) == 6)
                before = len(acknowledged)
            eventually(lambda: len(acknowledged) > before + 60)
        finally:
            done.set()
        for each in writers:
            each.result()
    with psycopg.connect(freezer.url) as connection:
        rows = connection.execute("SELECT key, value::text::int FROM config_entries").fetchall()

    assert acknowledged.items() <= dict(rows).items()


@pytest.fixture
def settings(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings under which two requests at once fill every place, and a lock is waited for as long as a test needs."""
    for name in ("LOCK_TIMEOUT_MS", "STATEMENT_TIMEOUT_MS", "ANSWER_TIMEOUT_S"):
        monkeypatch.setattr(f"service.store.pool.{name}", 60_000)
    return Settings(database_url=database_url, web_threads=2)


def test_once_the_database_answers_again_requests_wait_their_turn(
    app: Flask, database_url: str, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()

    def write(_: int) -> int:
        return app.test_client().post("/config", json={"key": "a", "value": 1}).status_code

    with ThreadPoolExecutor(3) as threads, psycopg.connect(database_url) as holder:
        holder.execute("LOCK TABLE config_entries IN SHARE MODE")
        asking = [threads.submit(write, number) for number in range(2)]
        eventually(lambda: sql.execute(WAITING_FOR_A_LOCK).fetchone() == (2,))
        statuses = [client.get("/links/a/stats").status_code]
        holder.rollback()
        statuses += sorted(future.result() for future in asking)
        statuses.append(client.get("/links/a/stats").status_code)

        monkeypatch.setattr("service.store.pool.PLACE_TIMEOUT_S", 60)
        holder.execute("LOCK TABLE config_entries IN SHARE MODE")
        asking = [threads.submit(write, number) for number in range(2)]
        eventually(lambda: sql.execute(WAITING_FOR_A_LOCK).fetchone() == (2,))
        third = threads.submit(lambda: app.test_client().get("/links/a/stats").status_code)
        with pytest.raises(TimeoutError):
            third.result(timeout=0.2)
        holder.rollback()
        statuses += [*(future.result() for future in asking), third.result()]

    assert statuses == [503, 200, 201, 404, 200, 200, 404]


@dataclass(frozen=True)
class Number:
    """One number."""

    number: int


def test_an_answer_that_comes_too_late_reaches_nobody(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.pool.ANSWER_TIMEOUT_S", 0.2)
    database = Database(database_url, places=1)
    database.open()
    eventually(lambda: _answers(database))

    with pytest.raises(StoreUnavailable, match="no answer in time"), database.ask(Number) as cursor:
        cursor.execute("SELECT 1 AS number FROM pg_sleep(2)")
    with database.ask(Number) as cursor:
        found = cursor.execute("SELECT 2 AS number").fetchall()

    database.close()
    assert found == [Number(2)]


def _answers(database: Database) -> bool:
    try:
        with database.ask(Number) as cursor:
            return cursor.execute("SELECT 1 AS number").fetchone() == Number(1)
    except StoreUnavailable:
        return False


def test_requests_that_wait_for_a_lock_hold_up_neither_the_others_nor_readiness(
    app: Flask, database_url: str, sql: psycopg.Connection
) -> None:
    def write(number: int) -> int:
        return app.test_client().post("/config", json={"key": "a", "value": number}).status_code

    with ThreadPoolExecutor(2) as threads, psycopg.connect(database_url) as holder:
        holder.execute("LOCK TABLE config_entries IN SHARE MODE")
        asking = [threads.submit(write, number) for number in range(2)]
        eventually(lambda: sql.execute(WAITING_FOR_A_LOCK).fetchone() == (2,))
        other = app.test_client().get("/links/a/stats")
        ready = app.test_client().get("/readyz").status_code
        holder.rollback()
        statuses = sorted(future.result() for future in asking)
    after = app.test_client().get("/links/a/stats").status_code

    assert other.status_code == 503
    assert other.get_json()["detail"] == "database: others wait for its answer already"
    assert (ready, statuses, after) == (200, [200, 201], 404)
