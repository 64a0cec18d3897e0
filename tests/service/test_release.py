"""What a release runs beside the service: the schema gate, the smoke test and the traffic."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import psycopg.sql
import pytest
import yaml

from service.release import canary, smoke, traffic
from service.release.canary import Asker
from service.release.gate import AWAY
from service.release.smoke import SmokeFailed
from tests.postgres import REPOSITORY, migrate
from tests.service.processes import Service, started

Askers = Callable[[int], Asker]
DIGEST = "sha256:" + "ab" * 32
IMAGE = f"registry.example.com/service:1.8.2@{DIGEST}"


@pytest.fixture
def askers() -> Iterator[Askers]:
    """Makes askers of a port on this machine, and closes them after the test."""
    with ExitStack() as made:
        yield lambda port: made.enter_context(closing(Asker("127.0.0.1", port)))


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with started(tmp_path, DATABASE_URL=database_url, IMAGE=IMAGE) as service:
        with closing(Asker("127.0.0.1", service.port)) as asker:
            canary.wait_for(asker, "/readyz", seconds=30)
        yield service


class Stub(BaseHTTPRequestHandler):
    """Answers everything with one status."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def broken() -> Iterator[int]:
    """The port of somebody who answers 500 to everything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Broken", (Stub,), {"status": 500}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def gate(url: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or "COV" in name}
    return subprocess.run(
        [sys.executable, "-m", "service.release.gate"], cwd=REPOSITORY, env={**kept, "DATABASE_URL": url, **environ},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_gate_opens_on_a_migrated_database_and_on_a_newer_one(empty_database_url: str) -> None:
    migrate(empty_database_url)
    opened = gate(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_of_a_newer_build'")

    newer = gate(empty_database_url)

    assert (opened.returncode, newer.returncode) == (0, 0), (opened, newer)
    assert opened.stderr.startswith("gate: open")


def test_the_gate_stays_closed_before_the_migration_and_says_what_is_missing(empty_database_url: str) -> None:
    migrate(empty_database_url, revision="0001_create_config_entries")

    closed = gate(empty_database_url, DATABASE_WAIT_S="1")

    assert closed.returncode == 1
    assert "gate: closed after 1 s: schema: at 0001_create_config_entries, needs 0002_create_links" in closed.stderr


def test_the_gate_opens_when_the_migration_is_done_while_it_waits(empty_database_url: str) -> None:
    late = threading.Timer(1.5, migrate, (empty_database_url,))
    late.start()

    opened = gate(empty_database_url)

    late.join()
    assert opened.returncode == 0
    assert "gate: waiting: schema: no migration has run" in opened.stderr


def test_the_gate_stays_closed_on_a_migration_that_has_only_the_number(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0002_of_another_branch'")

    closed = gate(empty_database_url, DATABASE_WAIT_S="0")

    assert closed.returncode == 1
    assert "gate: closed after 0 s: schema: at 0002_of_another_branch, needs 0002_create_links" in closed.stderr


def test_the_gate_outwaits_a_failover_of_the_database(postgres_url: str, empty_database_url: str) -> None:
    migrate(empty_database_url)
    wait_s = 3.0
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        allow(connection, empty_database_url, "false")
        back = threading.Timer(wait_s * 1.5, allow, (connection, empty_database_url, "true"))
        back.start()

        opened = gate(empty_database_url, DATABASE_WAIT_S=str(wait_s))

        back.join()
    assert opened.returncode == 0, opened
    assert "gate: waiting: database: " in opened.stderr


def allow(connection: psycopg.Connection, url: str, whether: str) -> None:
    """Let the database take new connections, or none: it looks away then."""
    name = psycopg.sql.Identifier(urlsplit(url).path[1:])
    connection.execute(psycopg.sql.SQL(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {whether}").format(name))


def test_the_gate_gives_up_on_a_database_that_stays_away_after_three_times_the_wait() -> None:
    closed = gate("postgresql://nobody@127.0.0.1:1/nothing", DATABASE_WAIT_S="0.5")

    assert closed.returncode == 1
    assert "gate: closed after 1.5 s: database:" in closed.stderr


def test_the_gate_says_what_is_missing_before_the_release_is_given_up() -> None:
    rollout = yaml.safe_load((REPOSITORY / "k8s/base/rollout.yaml").read_text())["spec"]
    environ = dict(re.findall(r"^(\w+)=(.*)$", (REPOSITORY / "k8s/base/settings.env").read_text(), re.MULTILINE))

    longest_s = int(environ["DATABASE_WAIT_S"]) * AWAY

    assert longest_s <= rollout["progressDeadlineSeconds"] - 30


def test_the_gate_tells_of_a_database_that_is_away() -> None:
    closed = gate("postgresql://nobody@127.0.0.1:1/nothing", DATABASE_WAIT_S="0")

    assert closed.returncode == 1
    assert "gate: closed after 0 s: database:" in closed.stderr


def test_the_canary_is_behind_the_service_that_is_not_the_stable_ones() -> None:
    assert (canary.address("ping"), canary.address("pong")) == ("service-pong", "service-ping")
    with pytest.raises(SystemExit, match="STABLE: must be ping or pong, not ''"):
        canary.address("")


def test_the_smoke_test_does_what_users_do_and_can_be_run_again(
    running: Service, askers: Askers, sql: psycopg.Connection
) -> None:
    asker = askers(running.port)

    told = [smoke.check(asker, IMAGE) for _ in range(2)]

    assert told == [IMAGE, IMAGE]
    assert running.get(f"/config/{smoke.NAME}")[0] == 404
    counts = sql.execute("SELECT (SELECT count(*) FROM config_entries), (SELECT count(*) FROM links)").fetchone()
    assert counts == (1, 1), "each release leaves something behind"


def test_a_link_of_the_smoke_tests_name_that_leads_elsewhere_fails_no_release(running: Service, askers: Askers) -> None:
    asker = askers(running.port)
    taken = {"key": smoke.NAME, "url": "https://example.org/elsewhere"}
    assert asker.ask("POST", "/shorten", taken)[0] == 201

    told = smoke.check(asker, IMAGE)

    assert told == IMAGE


def test_the_smoke_test_fails_when_another_artifact_answers(running: Service, askers: Askers) -> None:
    other = IMAGE.replace("1.8.2", "1.8.3")

    with pytest.raises(SmokeFailed, match=r"1\.8\.2@.* answers, and not .*1\.8\.3"):
        smoke.check(askers(running.port), other)


def test_the_smoke_test_fails_at_the_first_answer_that_is_wrong(broken: int, askers: Askers) -> None:
    with pytest.raises(SmokeFailed, match="GET /version: 500, and not 200: no"):
        smoke.check(askers(broken), IMAGE)


def test_who_is_not_ready_in_time_is_named(broken: int, askers: Askers) -> None:
    with pytest.raises(SystemExit, match="not ready within 0 s: GET /readyz: 500 no"):
        canary.wait_for(askers(broken), "/readyz", seconds=0)


def test_traffic_reaches_both_versions_and_judges_none(
    running: Service, broken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = {"service-ping": running.port, "service-pong": broken}
    monkeypatch.setattr(traffic, "Asker", lambda host: Asker("127.0.0.1", ports[host]))
    monkeypatch.setattr(traffic, "wait_for", lambda *_, **__: None)
    monkeypatch.setenv("REQUESTS", "42")

    traffic.main()

    told = capsys.readouterr().err.splitlines()
    assert told[1] == "traffic: service-pong: 42 x 500"
    assert told[0].startswith("traffic: service-ping: ")
    assert " x 500" not in told[0]


def test_traffic_counts_what_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "Asker", lambda _: Asker("127.0.0.1", 1))
    monkeypatch.setattr(time, "sleep", lambda _: None)

    assert traffic._send("service-ping", 3) == {0: 3}


@pytest.mark.parametrize("requests", ["", "0", "-1", "100001", "many"])
def test_traffic_takes_a_sane_number_of_requests(requests: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS", requests)

    with pytest.raises(SystemExit, match="REQUESTS: must be a whole number from 1 to 100000"):
        traffic.main()
