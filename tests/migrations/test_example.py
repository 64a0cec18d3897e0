"""The example of docs/reference/migrations.md: a column comes and goes while one version of the service goes on."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.api.context import of
from service.app import create_app
from service.settings import Settings
from tests.migrations.builds import built_with
from tests.postgres import REPOSITORY, migrate

PAGE = REPOSITORY / "docs/reference/migrations.md"
EXAMPLES = re.findall(r"```python\n# migrations/versions/(\w+)\.py\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A later state of the repository's migrations: with those that the page shows."""
    return built_with(tmp_path, dict(EXAMPLES))


@pytest.fixture
def client(empty_database_url: str) -> Iterator[FlaskClient]:
    """Today's service, which knows no note: it runs from before the first of them until after the last."""
    migrate(empty_database_url)
    app = create_app(Settings(database_url=empty_database_url))
    yield app.test_client()
    of(app).close()


def upgrade(newer: Path, url: str, revision: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", revision], cwd=newer, check=True, capture_output=True,
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip


def works(client: FlaskClient, key: str) -> None:
    """Shorten, follow what was shortened, and ask whether the schema is one to be served on."""
    made = client.post("/shorten", json={"url": "https://example.com/", "key": key})
    assert made.status_code == 201, made.text
    assert client.get(f"/{key}").status_code == 302
    assert client.get("/readyz").status_code == 200


def test_the_version_before_works_at_each_step_and_a_rollback_past_them_all_finds_nothing_to_do(
    newer: Path, client: FlaskClient, empty_database_url: str
) -> None:
    assert [revision for revision, _ in EXAMPLES] == ["0003_add_link_note", "0004_drop_link_note"]
    works(client, "before")

    for revision, _ in EXAMPLES:
        upgrade(newer, empty_database_url, revision)
        works(client, f"at-{revision[:4]}")
    migrate(empty_database_url)  # what a rollback does: today's Job on a database that is newer

    works(client, "rolled-back")
