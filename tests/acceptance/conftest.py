"""One deployed service, which ACCEPTANCE_URL names. Without it these tests are left out.

ACCEPTANCE_CONNECT=HOST:PORT connects there instead and keeps the name, as curl's --connect-to. ARTIFACT, where it is
set, is what has to be deployed: REPOSITORY:TAG@sha256:... What a test makes has a name of its own; entries are deleted
again, and a short link, which nothing deletes, is one or two a run and leads nowhere.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.client import Service

LEFT_OUT = "left out: ACCEPTANCE_URL is not set, and a deployed service is asked; make acceptance runs it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("ACCEPTANCE_URL"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


@pytest.fixture(scope="session")
def service() -> Service:
    """The service that is deployed."""
    return Service(os.environ["ACCEPTANCE_URL"].rstrip("/"), os.environ.get("ACCEPTANCE_CONNECT", ""))


@pytest.fixture
def prefix(service: Service) -> Iterator[str]:
    """What the keys of a test's entries begin with; those that are left are deleted after it."""
    begins = f"acceptance/{uuid4().hex}/"
    yield begins
    for entry in service.get(f"/config?prefix={begins}&limit=1000").json()["items"]:
        service.ask("DELETE", f"/config/{entry['key']}")


@pytest.fixture
def link() -> str:
    """A key that no link has."""
    return f"acceptance-{uuid4().hex}"
