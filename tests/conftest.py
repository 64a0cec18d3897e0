"""What tests of several rooms share: a real PostgreSQL, one a test worker, and only where a test asks for it."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.postgres import running_postgres, temporary_database


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server: that of TEST_DATABASE_URL where it is set, else one that runs for this test run."""
    if external := os.environ.get("TEST_DATABASE_URL"):
        yield external
        return
    with TemporaryDirectory(prefix="postgres-") as directory, running_postgres(Path(directory) / "data") as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database without any table, for this test alone."""
    with temporary_database(postgres_url) as url:
        yield url
