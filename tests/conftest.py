"""What tests of several rooms share: a real PostgreSQL, one a test worker, and only where a test asks for it."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from demo.postgres import short_folder
from tests.postgres import running_postgres, temporary_database

# A job in the background of a shell (`make test &`, a Jenkins step) starts with SIGINT ignored, and hands that down:
# the programs that tests interrupt would not notice.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An example that takes long on a busy machine is no failure; one that never ends is the business of pytest's timeout.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server: that of TEST_DATABASE_URL where it is set, else one that runs for this test run."""
    if external := os.environ.get("TEST_DATABASE_URL"):
        yield external
        return
    with short_folder("postgres-") as folder, running_postgres(folder / "data") as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database without any table, for this test alone."""
    with temporary_database(postgres_url) as url:
        yield url
