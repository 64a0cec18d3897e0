"""The service in the process of the test, on a database built by the migrations."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api.context import of
from service.app import create_app
from service.settings import Settings
from tests.postgres import migrate, temporary_database


@pytest.fixture(scope="session")
def migrated_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database that Alembic has brought to its head."""
    with temporary_database(postgres_url) as url:
        migrate(url)
        yield url


@pytest.fixture
def database_url(migrated_url: str) -> Iterator[str]:
    """The URL of the migrated database, emptied after the test."""
    yield migrated_url
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute("TRUNCATE config_entries, links RESTART IDENTITY")
        connection.execute("ALTER SEQUENCE links_numbers RESTART")


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the test's own to the service's database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings that `app` is made with; a test module may define its own."""
    return Settings(database_url=database_url, web_threads=8)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application; its connections are closed after the test."""
    app = create_app(settings)
    yield app
    of(app).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client of the application."""
    return app.test_client()
