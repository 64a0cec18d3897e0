"""What holds for every path: methods, errors, request ids, proxies, the log, the metrics."""

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.conninfo import make_conninfo

from service import logs
from service.api import request_ids, routing
from service.api.context import of
from service.app import create_app
from service.settings import Settings
from tests.postgres import REPOSITORY

PATHS = {
    "/config": "GET, HEAD, POST",
    "/config/a": "DELETE, GET, HEAD",
    "/data/1": "GET, HEAD",
    "/shorten": "POST",
    "/key": "GET, HEAD",
    "/links/key/stats": "GET, HEAD",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
    "/health": "GET, HEAD",
    "/version": "GET, HEAD",
    "/metrics": "GET, HEAD",
    "/openapi.json": "GET, HEAD",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", PATHS)
def test_a_method_not_listed_is_405_with_allow(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)

    if method in PATHS[path].split(", "):
        assert answer.status_code != 405
    else:
        assert answer.status_code == 405
        assert sorted(answer.headers["Allow"].split(", ")) == PATHS[path].split(", ")


def test_every_error_is_one_problem(client: FlaskClient) -> None:
    answers = [
        client.get("/config/none"),
        client.get("/no/such/path"),
        client.put("/config"),
        client.post("/config", data="x", content_type="text/plain"),
        client.post("/config", data="x", content_type="application/json"),
        client.post("/shorten", json={"url": "x"}),
    ]

    for answer in answers:
        problem = answer.get_json(force=True)
        assert answer.content_type == "application/problem+json"
        assert problem.keys() == {"type", "title", "status", "detail", "request_id"}
        assert problem["status"] == answer.status_code
        assert problem["request_id"] == answer.headers["X-Request-Id"]
        assert ": " in problem["detail"]


def test_a_bug_is_500_as_a_problem_without_its_text(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.readiness.look", lambda *_, **__: 1 / 0)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "division" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("sent", ["a", "A-b_c.9", "x" * 128])
def test_a_well_formed_request_id_is_kept(client: FlaskClient, sent: str) -> None:
    for path in ("/healthz", "/no/such/path"):
        assert client.get(path, headers={"X-Request-Id": sent}).headers["X-Request-Id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "a,b", 'a"b', "ä", "${jndi:x}"])
def test_another_request_id_is_replaced(client: FlaskClient, sent: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": sent.encode().decode("latin1")})

    assert answer.headers["X-Request-Id"] != sent
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.parametrize(
    ("trace", "kept"),
    [
        ("Root=1-67891233-abcdef", "1-67891233-abcdef"),
        ("Self=1-a; Root=1-b;Parent=2", "1-b"),
        ("Root=", None),
        ("Root=a,b", None),
        ("x", None),
    ],
)
def test_the_load_balancer_s_trace_is_the_second_choice(client: FlaskClient, trace: str, kept: str | None) -> None:
    answer = client.get("/healthz", headers={"X-Amzn-Trace-Id": trace})
    own = client.get("/healthz", headers={"X-Amzn-Trace-Id": trace, "X-Request-Id": "mine"})

    assert (answer.headers["X-Request-Id"] == kept) == (kept is not None)
    assert own.headers["X-Request-Id"] == "mine"


def test_between_requests_there_is_no_request_id() -> None:
    assert request_ids.current() is None


@pytest.fixture
def proxied(database_url: str) -> Flask:
    """An application behind proxies of 10.0.0.0/8."""
    return create_app(Settings.from_environ({"DATABASE_URL": database_url, "TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8"}))


@pytest.mark.parametrize(
    ("peer", "short_url"),
    [
        ("10.1.2.3", "https://go.example/a"),
        ("fd00::1", "https://go.example/a"),
        ("192.0.2.1", "http://localhost/a"),
        ("", "http://localhost/a"),
    ],
)
def test_only_a_trusted_proxy_says_what_the_client_asked_for(proxied: Flask, peer: str, short_url: str) -> None:
    answer = proxied.test_client().post(
        "/shorten",
        json={"url": "https://example.com/", "key": "a"},
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example, go.example"},
        environ_overrides={"REMOTE_ADDR": peer},
    )

    assert answer.get_json()["short_url"] == short_url
    of(proxied).close()


@pytest.mark.parametrize(
    ("forwarded_for", "client_address"),
    [
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.9.9.9", "10.9.9.9"),
        ("1.1.1.1, nonsense", "10.1.2.3"),
        ("", "10.1.2.3"),
    ],
)
def test_the_client_is_the_last_address_before_our_proxies(
    proxied: Flask, caplog: pytest.LogCaptureFixture, forwarded_for: str, client_address: str
) -> None:
    caplog.set_level(logging.INFO, "service.access")

    proxied.test_client().get(
        "/healthz",
        headers={"X-Forwarded-For": forwarded_for, "X-Forwarded-Proto": "gopher"},
        environ_overrides={"REMOTE_ADDR": "10.1.2.3"},
    )

    assert [record.noted["client"] for record in caplog.records if hasattr(record, "noted")] == [client_address]
    of(proxied).close()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the loggers write, while the test runs, as the service configures them."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    logging.config.dictConfig(logs.config("INFO"))
    return stream


def test_each_request_is_one_json_line_without_path_query_or_secrets(client: FlaskClient, written: io.StringIO) -> None:
    client.get(
        "/config/private-key?token=secret",
        headers={"X-Request-Id": "id-1", "Authorization": "Bearer secret"},
    )

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    access = [line for line in lines if line["logger"] == "service.access"]
    assert len(access) == 1
    assert access[0] | {"duration_ms": 0, "time": "", "process": 0} == {
        "time": "",
        "level": "INFO",
        "logger": "service.access",
        "message": "answered",
        "process": 0,
        "request_id": "id-1",
        "method": "GET",
        "route": "/config/{key}",
        "status": 404,
        "duration_ms": 0,
        "client": "127.0.0.1",
    }
    assert "secret" not in written.getvalue()
    assert "private-key" not in written.getvalue()


def test_a_message_with_line_breaks_stays_one_line(written: io.StringIO) -> None:
    error = ValueError("first\nsecond\u2028third")

    logging.getLogger("service.test").error("a\nb\r\n%s", '"}', exc_info=error)

    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["message"] == 'a\nb\r\n"}'
    assert "first\nsecond" in json.loads(line)["exception"]


def test_metrics_count_by_rule_and_never_by_path(client: FlaskClient) -> None:
    for path in ("/config/a", "/config/b", "/nope1", "/nope2", "/no/such/1", "/no/such/2"):
        client.get(path)
    client.open("/healthz", method="BREW")

    text = client.get("/metrics").get_data(as_text=True)

    assert 'http_requests_total{method="GET",route="/config/{key}",status="404"} 2.0' in text
    assert 'http_requests_total{method="GET",route="/{key}",status="404"} 2.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 2.0' in text
    assert 'http_requests_total{method="OTHER",route="unmatched",status="405"} 1.0' in text
    assert 'http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/config/{key}"} 2.0' in text
    assert "nope" not in text


def test_templates_are_written_as_openapi_writes_them() -> None:
    assert routing.template("/links/<key>/<config_key:rest>") == "/links/{key}/{rest}"


def test_moments_are_utc_whatever_the_time_zone_of_the_database(database_url: str) -> None:
    zoned = make_conninfo(database_url, options="-c timezone=Europe/Berlin")
    app = create_app(Settings(database_url=zoned))
    client = app.test_client()

    client.post("/shorten", json={"url": "https://example.com/", "key": "a"})
    moments = [
        client.post("/config", json={"key": "a", "value": 1}).get_json()["updated_at"],
        client.get("/data/1").get_json()["updated_at"],
        client.get("/config").get_json()["items"][0]["updated_at"],
        client.get("/links/a/stats").get_json()["created_at"],
    ]

    assert [moment[-1] for moment in moments] == ["Z"] * 4
    assert all(abs(datetime.now(UTC) - datetime.fromisoformat(moment)) < timedelta(minutes=30) for moment in moments)
    of(app).close()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/data/7", "id: there is no entry 7"),
        ("/data/seven", "id: there is no entry seven"),
        ("/config/none", "key: there is no entry none"),
        ("/config/n%20ne", "key: there is no entry n ne"),
        ("/links/none/stats", "key: there is no link none"),
        ("/links/n.ne/stats", "key: there is no link n.ne"),
    ],
)
def test_what_is_not_there_is_named(client: FlaskClient, path: str, said: str) -> None:
    assert client.get(path).get_json(force=True)["detail"] == said


def test_every_answer_tells_browsers_not_to_guess_its_type(client: FlaskClient) -> None:
    assert client.get("/healthz").headers["X-Content-Type-Options"] == "nosniff"


def test_importing_the_service_reads_no_settings_and_opens_nothing() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    script = """
import socket, sys, threading
sys.addaudithook(lambda event, _: event.startswith("socket.connect") and sys.exit(event))
import service.app
sys.exit(threading.active_count() - 1)
"""

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
