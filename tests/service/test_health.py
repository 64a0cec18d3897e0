"""/healthz, /readyz, /health, /version and /openapi.json."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import psycopg
import psycopg.sql
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.context import of
from service.api.routing import template
from service.app import create_app
from service.domain.readiness import number
from service.settings import Settings
from tests.postgres import migrate, running_postgres

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize("path", ["/readyz", "/health"])
def test_with_a_migrated_database_it_is_ready(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ok", "checks": {"database": "ok", "schema": "ok"}}


def test_before_the_first_migration_the_schema_fails_and_says_what_to_do(empty_database_url: str) -> None:
    app = create_app(Settings(database_url=empty_database_url))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["checks"].keys() == {"database", "schema"}
    assert "alembic upgrade head" in answer.get_json()["detail"]
    assert app.test_client().get("/config").status_code == 503
    of(app).close()


@pytest.mark.parametrize(
    ("revision", "status"),
    [
        ("0001_create_config_entries", 503),
        ("0002_create_links", 200),
        ("0002_of_another_branch", 503),
        ("0099_of_a_newer_image", 200),
        ("unnumbered", 503),
    ],
)
def test_the_schema_must_be_at_or_past_what_this_build_needs(
    client: FlaskClient, sql: psycopg.Connection, revision: str, status: int
) -> None:
    sql.execute("UPDATE alembic_version SET version_num = %s", (revision,))

    answer = client.get("/readyz")

    sql.execute("UPDATE alembic_version SET version_num = '0002_create_links'")
    assert answer.status_code == status


def test_a_number_used_twice_is_told_with_both_names(client: FlaskClient, sql: psycopg.Connection) -> None:
    sql.execute("UPDATE alembic_version SET version_num = '0002_of_another_branch'")

    answer = client.get("/readyz")

    sql.execute("UPDATE alembic_version SET version_num = '0002_create_links'")
    said = answer.get_json()["checks"]["schema"]
    assert said.startswith("at 0002_of_another_branch, needs 0002_create_links: a number used twice")


def test_an_empty_version_table_is_no_migration(client: FlaskClient, sql: psycopg.Connection) -> None:
    sql.execute("DELETE FROM alembic_version")

    answer = client.get("/readyz")

    sql.execute("INSERT INTO alembic_version VALUES ('0002_create_links')")
    assert answer.get_json()["checks"]["schema"].startswith("no migration has run")


def test_revision_numbers_compare_as_numbers() -> None:
    assert number("0010_x") > number("9_x")


def test_while_stopping_it_is_alive_and_not_ready(app: Flask) -> None:
    of(app).stopping.set()

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["checks"].keys() == {"stopping"}
    assert app.test_client().get("/healthz").status_code == 200


@pytest.fixture
def mortal() -> Iterator[tuple[Flask, Path]]:
    """An application and the directory of a database server that the test may stop and start."""
    with TemporaryDirectory(prefix="postgres-") as directory:
        data = Path(directory) / "data"
        with running_postgres(data) as url:
            migrate(url)
            app = create_app(Settings(database_url=url))
            assert app.test_client().get("/readyz").status_code == 200
        yield app, data
        of(app).close()


def test_without_its_database_all_answers_are_503_and_fast_and_it_recovers_at_once(mortal: tuple[Flask, Path]) -> None:
    app, data = mortal
    client = app.test_client()

    away = [
        client.get("/readyz"),
        client.get("/config/a"),
        client.post("/config", json={"key": "a", "value": 1}),
        client.post("/shorten", json={"url": "https://example.com/"}),
        client.get("/abc"),
    ]
    alive = client.get("/healthz")
    with running_postgres(data):
        back = [_until_ready(client), client.post("/config", json={"key": "a", "value": 1})]

    assert [answer.status_code for answer in away] == [503] * 5
    assert {answer.content_type for answer in away} == {"application/problem+json"}
    assert [answer.headers["Retry-After"] for answer in away] == ["1"] * 5
    assert away[0].get_json()["checks"].keys() == {"database"}
    assert alive.status_code == 200
    assert [answer.status_code for answer in back] == [200, 201]


def test_a_restart_of_the_database_costs_no_request(
    client: FlaskClient, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The promise is that no dead connection is lent, not how soon a busy machine makes a new one.
    monkeypatch.setattr("service.store.pool.CHECKOUT_TIMEOUT_S", 60)
    assert client.get("/config").status_code == 200

    # It only sends a signal unless it is told how long to wait: a connection could die after it was found alive.
    sql.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE application_name = 'service' AND datname = current_database()"
    )

    assert client.get("/config").status_code == 200


def test_a_database_that_takes_no_writes_is_503_for_writes_alone(
    client: FlaskClient, sql: psycopg.Connection, database_url: str
) -> None:
    client.post("/shorten", json={"url": "https://example.com/", "key": "a"})
    name = psycopg.sql.Identifier(sql.info.dbname)
    sql.execute(psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    app = create_app(Settings(database_url=database_url))
    standby = app.test_client()

    answers = [
        standby.post("/config", json={"key": "a", "value": 1}),
        standby.get("/config"),
        standby.get("/readyz"),
        standby.get("/a"),
    ]

    of(app).close()
    sql.execute("SET default_transaction_read_only = off")
    sql.execute(psycopg.sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
    assert [answer.status_code for answer in answers] == [503, 200, 200, 302]


def test_version_says_what_runs(database_url: str) -> None:
    environ = {
        "DATABASE_URL": database_url,
        "IMAGE": f"registry.example.com:5000/a/b:1.10@{DIGEST}",
        "SOURCE_COMMIT": "c0ffee",
    }
    app = create_app(Settings.from_environ(environ))

    answer = app.test_client().get("/version").get_json()

    assert answer == {"image": "registry.example.com:5000/a/b", "tag": "1.10", "digest": DIGEST, "source": "c0ffee"}
    of(app).close()


def test_version_says_unknown_where_nobody_told(client: FlaskClient) -> None:
    assert set(client.get("/version").get_json().values()) == {"unknown"}


def test_openapi_has_exactly_the_paths_and_methods_there_are(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").get_json()

    served = {
        (re.sub("{.*?}", "{}", template(rule.rule)), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    described = {
        (re.sub("{.*?}", "{}", path), method) for path, methods in document["paths"].items() for method in methods
    }
    assert described == served
    assert document["openapi"].startswith("3.1")


def test_real_answers_are_as_openapi_describes_them(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    client.post("/shorten", json={"url": "https://example.com/", "key": "a"})
    exchanges: list[tuple[str, str, TestResponse]] = [
        ("/config", "post", client.post("/config", json={"key": "a", "value": None})),
        ("/config", "post", client.post("/config", json={"key": "a", "value": {"x": [1]}})),
        ("/config", "post", client.post("/config", json={"key": "a", "value": 1}, headers={"If-None-Match": "*"})),
        ("/config", "post", client.post("/config", json={"key": "ä", "value": 1})),
        ("/config", "post", client.post("/config", json={"key": "a", "value": "x" * 65536})),
        ("/config", "post", client.post("/config", data="x")),
        ("/config", "get", client.get("/config")),
        ("/config", "get", client.get("/config?limit=1")),
        ("/config", "get", client.get("/config?limit=0")),
        ("/config/{key}", "get", client.get("/config/a")),
        ("/config/{key}", "get", client.get("/config/a", headers={"If-None-Match": "*"})),
        ("/config/{key}", "get", client.get("/config/b")),
        ("/data/{number}", "get", client.get("/data/1")),
        ("/data/{number}", "get", client.get("/data/99")),
        ("/config/{key}", "delete", client.delete("/config/a", headers={"If-Match": '"9"'})),
        ("/config/{key}", "delete", client.delete("/config/a")),
        ("/config/{key}", "delete", client.delete("/config/a")),
        ("/shorten", "post", client.post("/shorten", json={"url": "https://example.com/"})),
        ("/shorten", "post", client.post("/shorten", json={"url": "https://example.com/", "key": "a"})),
        ("/shorten", "post", client.post("/shorten", json={"url": "x"})),
        ("/{key}", "get", client.get("/a")),
        ("/{key}", "get", client.get("/b")),
        ("/links/{key}/stats", "get", client.get("/links/a/stats")),
        ("/links/{key}/stats", "get", client.get("/links/b/stats")),
        *((path, "get", client.get(path)) for path in ("/healthz", "/readyz", "/health", "/version", "/metrics")),
    ]
    of(client.application).stopping.set()
    exchanges.append(("/readyz", "get", client.get("/readyz")))

    for path, method, answer in exchanges:
        _conforms(document, document["paths"][path][method]["responses"][str(answer.status_code)], answer)


def _conforms(document: dict[str, Any], described: dict[str, Any], answer: TestResponse) -> None:
    described = _resolve(document, described)
    for name, header in described["headers"].items():
        schema = _resolve(document, header)["schema"]
        value = int(answer.headers[name]) if schema["type"] == "integer" else answer.headers[name]
        jsonschema.validate(value, {**schema, "components": document["components"]})
    if "content" not in described:
        assert answer.data == b""
        return
    ((media_type, content),) = described["content"].items()
    assert answer.mimetype == media_type
    if media_type.endswith("json"):
        jsonschema.validate(answer.get_json(), {**content["schema"], "components": document["components"]})


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _until_ready(client: FlaskClient) -> TestResponse:
    """Ask until it is ready, five times at most: each asking waits for a connection a moment by itself."""
    for _ in range(4):
        if (answer := client.get("/readyz")).status_code == 200:
            return answer
    return client.get("/readyz")
