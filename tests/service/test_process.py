"""The service as a process: gunicorn, its start, its stop, and what it says when it cannot start."""

import http.client
import json
import os
import signal
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest
from psycopg import sql as sql_text

from tests.postgres import migrate
from tests.service.processes import PATIENCE_S, Service, ask, children, eventually, started


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """A ready service with one worker."""
    with started(tmp_path, DATABASE_URL=database_url) as service:
        eventually(lambda: service.answers("/readyz", 200))
        yield service


def test_sigterm_fails_readiness_finishes_what_runs_and_ends_with_0(
    service: Service, sql: psycopg.Connection, database_url: str
) -> None:
    kept_alive = service.connect()
    answers = [ask(kept_alive, "/readyz")]
    body = json.dumps({"key": "a", "value": "written while stopping"}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}/config", body, {"Content-Type": "application/json"}
    )

    with ThreadPoolExecutor(1) as threads, psycopg.connect(database_url) as holder:
        holder.execute("LOCK TABLE config_entries IN SHARE MODE")
        slow = threads.submit(lambda: urllib.request.urlopen(request, timeout=PATIENCE_S).status)  # noqa: S310
        eventually(lambda: _waits_for_a_lock(sql))
        service.process.terminate()
        while answers[-1][0] != 503:
            answers.append(ask(kept_alive, "/readyz"))
        eventually(lambda: _refuses(service.port))
        holder.rollback()
        status = slow.result()
    kept_alive.close()
    ended, stderr = service.end()

    assert (status, ended, stderr) == (201, 0, "")
    assert b'"stopping": "' in answers[-1][1]
    assert sql.execute("SELECT value FROM config_entries").fetchall() == [("written while stopping",)]
    eventually(lambda: sql.execute(CONNECTIONS).fetchone() == (0,))


CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'service' AND datname = current_database()"
)


def _waits_for_a_lock(sql: psycopg.Connection) -> bool:
    return sql.execute(CONNECTIONS + " AND wait_event_type = 'Lock'").fetchone() == (1,)


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_every_line_on_stdout_is_json_and_no_metrics_are_left_behind(service: Service) -> None:
    service.get("/config/none?token=secret")
    (metrics,) = _metrics_directories(service.process.pid)

    ended = service.stop()

    lines = [json.loads(line) for line in service.log().splitlines()]
    assert ended == (0, "")
    assert [line["status"] for line in lines if line.get("route") == "/config/{key}"] == [404]
    assert {line["logger"] for line in lines} >= {"gunicorn.error", "service.access"}
    assert "secret" not in service.log()
    assert not metrics.exists()


def test_a_service_that_its_test_leaves_running_leaves_no_metrics(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, DATABASE_URL=database_url) as service:
        eventually(lambda: service.answers("/readyz", 200))
        (metrics,) = _metrics_directories(service.process.pid)

    assert not metrics.exists()


# Read by Python before anything else: it stops at an import, says so, and goes on once a signal has been handled.
PAUSE_AT_IMPORT = """
import os, pathlib, signal, sys

def pause(event, arguments):
    if event == "import" and arguments[0] == os.environ["PAUSE_AT"]:
        pathlib.Path(__file__).with_name("reached").touch()
        signal.pause()
        if os.environ.get("THEN_FAIL"):
            raise RuntimeError("as asked")

sys.addaudithook(pause)
"""


@pytest.mark.parametrize(
    ("pausing", "status", "said"),
    [
        # In the master, before it hears signals.
        ({"PAUSE_AT": "service.api.context"}, -signal.SIGTERM, ""),
        # In the worker, before it has an application.
        ({"PAUSE_AT": "service.api.entries"}, 0, ""),
        ({"PAUSE_AT": "service.api.entries", "THEN_FAIL": "yes"}, 1, "Worker failed to boot."),
    ],
)
def test_sigterm_while_it_starts_leaves_no_metrics(
    tmp_path: Path, pausing: dict[str, str], status: int, said: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(PAUSE_AT_IMPORT)

    url = "postgresql://127.0.0.1:1/none"
    with started(tmp_path, DATABASE_URL=url, PYTHONPATH=str(tmp_path), **pausing) as service:
        eventually((tmp_path / "reached").exists)
        ended, stderr = service.stop()

    assert ended == status
    assert said in stderr
    if not said:
        assert stderr == ""
        assert "exception" not in service.log().lower()
    for memory in ("/dev/shm", tempfile.gettempdir()):  # noqa: S108 - only looked into
        assert list(Path(memory).glob(f"service-metrics-{service.process.pid}-*")) == []


FAIL_AT_IMPORT = """
import os, pathlib, sys

def fail(event, arguments):
    if event == "import" and arguments[0] == "service.api.entries":
        from service import worker
        worker.TERMINATION_LOG = pathlib.Path(os.environ["LAST_WORDS"])
        raise RuntimeError("it can't find its configuration")

sys.addaudithook(fail)
"""


@pytest.mark.parametrize("there", [True, False], ids=["in a pod", "elsewhere"])
def test_what_keeps_a_worker_from_starting_is_told_in_the_pods_state(tmp_path: Path, there: bool) -> None:
    (tmp_path / "sitecustomize.py").write_text(FAIL_AT_IMPORT)
    last_words = tmp_path / "termination-log"
    if there:
        last_words.touch()

    url = "postgresql://127.0.0.1:1/none"
    with started(tmp_path, DATABASE_URL=url, PYTHONPATH=str(tmp_path), LAST_WORDS=str(last_words)) as service:
        ended, _ = service.end()

    assert ended != 0  # 3, or 1 where a second worker fails while gunicorn stops
    assert last_words.exists() == there
    if there:
        assert last_words.read_text() == "RuntimeError: it can't find its configuration"


def _metrics_directories(pid: int) -> set[Path]:
    """Return the directories of the metrics that the workers have mapped into their memory."""
    maps = [Path(f"/proc/{child}/maps").read_text() for child in children(pid)]
    mapped = [line.split()[-1] for each in maps for line in each.splitlines()]
    return {Path(path).parent for path in mapped if "service-metrics-" in path}


def test_metrics_are_those_of_all_workers_and_outlive_one(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, DATABASE_URL=database_url, WEB_PROCESSES="2") as service:
        eventually(lambda: service.answers("/readyz", 200))
        eventually(lambda: len(service.workers()) == 2)
        for _ in range(20):
            service.get("/version")
        before = service.workers()

        os.kill(before[0], signal.SIGKILL)
        eventually(lambda: len(set(service.workers()) - set(before)) == 1)
        eventually(lambda: service.log().count("Booting worker") == 3)
        eventually(lambda: service.answers("/readyz", 200))
        for _ in range(20):
            service.get("/version")
        text = service.get("/metrics")[1].decode()
        (directory,) = _metrics_directories(service.process.pid)
        files = {path.name for path in directory.iterdir()}

        assert 'http_requests_total{method="GET",route="/version",status="200"} 40.0' in text
        assert files == {f"{kind}_{number}.db" for kind in ("counter", "histogram") for number in (0, 1)}
        assert service.stop()[0] == 0


def test_a_reload_keeps_the_metrics_and_leaves_none(service: Service) -> None:
    service.get("/version")
    (metrics,) = _metrics_directories(service.process.pid)
    (before,) = service.workers()

    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(service.workers()) == 1 and service.workers() != [before])
    eventually(lambda: service.answers("/version", 200))
    text = service.get("/metrics")[1].decode()

    assert 'http_requests_total{method="GET",route="/version",status="200"} ' in text
    assert _metrics_directories(service.process.pid) == {metrics}
    assert service.stop()[0] == 0
    assert not metrics.exists()


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, ["DATABASE_URL"]),
        (
            {"DATABASE_URL": "mysql://x", "KEY_STRATEGY": "x", "WEB_THREADS": "x"},
            ["DATABASE_URL", "WEB_THREADS", "KEY_STRATEGY"],
        ),
    ],
)
def test_wrong_settings_end_it_with_1_and_a_line_each(
    tmp_path: Path, environ: dict[str, str], names: list[str]
) -> None:
    with started(tmp_path, **environ) as service:
        status, stderr = service.end()

    assert status == 1
    assert [line.partition(":")[0] for line in stderr.splitlines()] == names
    assert service.log() == ""


def test_a_taken_port_ends_it_with_1_and_says_which(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started(tmp_path, PORT=port, DATABASE_URL="postgresql://127.0.0.1:1/none") as service:
            status, stderr = service.end()

    assert status == 1
    assert stderr == (
        f"PORT: cannot listen on 0.0.0.0:{port}: Address already in use; end what listens there, or set another PORT\n"
    )


def test_it_serves_before_its_database_is_there_and_is_ready_once_it_is(
    tmp_path: Path, postgres_url: str, empty_database_url: str
) -> None:
    migrate(empty_database_url)
    _let_in(postgres_url, empty_database_url, False)
    with started(tmp_path, DATABASE_URL=empty_database_url) as service:
        eventually(lambda: service.answers("/healthz", 200))
        status, body = service.get("/readyz")
        eventually(lambda: "waiting for the database" in service.log())

        _let_in(postgres_url, empty_database_url, True)
        eventually(lambda: service.answers("/readyz", 200))
        ended = service.stop()

    assert status == 503
    assert json.loads(body)["checks"].keys() == {"database"}
    assert ended == (0, "")


def test_a_database_that_never_comes_ends_it_with_1_saying_so(tmp_path: Path) -> None:
    url = "postgresql://user:hunter2@127.0.0.1:1/none"

    with started(tmp_path, DATABASE_URL=url, DATABASE_WAIT_S="1.5", WEB_PROCESSES="2") as service:
        status, stderr = service.end()

    assert status == 1
    assert stderr.startswith("DATABASE_URL: no database answered at 127.0.0.1:1 within DATABASE_WAIT_S, 1.5 s: ")
    assert stderr.endswith("; start the database or correct DATABASE_URL, then start the service again\n")
    assert "Connection refused" in stderr
    assert stderr.count("\n") == 1
    assert "giving up" in service.log()
    assert "Connection refused" in service.log()
    assert "psycopg.pool" not in service.log()
    assert "hunter2" not in stderr
    assert "hunter2" not in service.log()


def test_an_outage_after_the_start_ends_nothing(tmp_path: Path, postgres_url: str, empty_database_url: str) -> None:
    migrate(empty_database_url)
    with started(tmp_path, DATABASE_URL=empty_database_url) as service:
        eventually(lambda: service.answers("/readyz", 200))
        _let_in(postgres_url, empty_database_url, False)
        eventually(lambda: service.answers("/readyz", 503))
        waits = service.log().count("waiting for the database")
        (worker,) = service.workers()
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: service.workers() not in ([worker], []))
        eventually(lambda: service.answers("/healthz", 200))
        away = [service.get("/readyz")[0] for _ in range(2)]

        ended = service.stop()

    assert away == [503, 503]
    assert ended == (0, "")
    # A worker that is born into an outage does not count down to the end of the others.
    assert service.log().count("waiting for the database") == waits


CHUNKED = b"POST /config HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG_CHUNK = b"200000\r\n" + b"x" * 0x200000 + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense secret\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nBad Header secret\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", 431),
        (b"POST /config HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: secret\r\n\r\n", 501),
        (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + LONG_CHUNK, 413),
        (CHUNKED.replace(b"POST /config", b"GET /healthz") + LONG_CHUNK, 413),
        (b"POST /config HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_is_answered_with_a_problem_and_not_logged(
    shared_service: Service, sent: bytes, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", shared_service.port), timeout=PATIENCE_S) as client:
        client.sendall(sent)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        problem = json.loads(answer.read())

    assert answer.status == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == problem["request_id"]
    eventually(lambda: problem["request_id"] in shared_service.log())
    assert "secret" not in shared_service.log()


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory, migrated_url: str) -> Iterator[Service]:
    """A ready service that several tests only send requests to."""
    with started(tmp_path_factory.mktemp("service"), DATABASE_URL=migrated_url) as service:
        eventually(lambda: service.answers("/readyz", 200))
        yield service


def _let_in(server_url: str, url: str, anybody: bool) -> None:
    """Let the server accept connections to the database at `url`, or refuse them all and end those there are.

    For the service it is then there or away, and no test waits for a server of its own; test_health.py stops one.
    """
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(server_url, autocommit=True) as connection:
        allow = sql_text.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql_text.Identifier(str(name)), sql_text.Literal(anybody)))
        if not anybody:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
