"""Our own service and our own manifests, as they are in this checkout, deployed and waited for."""

import base64
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg import sql

from tests.e2e.images import Images
from tests.e2e.places import POLICY, Place, application, opened
from tests.tagbump.world import make_world

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database that pods can reach, for one environment alone."""
    name = f"e2e_{uuid.uuid4().hex[:8]}"
    server = f"postgresql://postgres:postgres@{os.environ['DATABASE_HOST']}:5432"
    with psycopg.connect(f"{server}/postgres?sslmode=require", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server}/{name}?sslmode=require"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def own(remotes: Path, images: Images, service: str, database_url: str) -> Iterator[Place]:
    """A repository with our k8s/ and platform/, whose dev and stage wait for their first release."""
    assert service
    prefix = f"e2e-{uuid.uuid4().hex[:6]}"
    files = {
        str(path.relative_to(ROOT)): path.read_text().replace("namespace: service-", f"namespace: {prefix}-")
        for room in ("k8s", "platform")
        for path in sorted((ROOT / room).rglob("*"))
        if path.is_file()
    }
    files["platform/platform.yaml"] = installed(files["platform/platform.yaml"])
    # The Secret is made below: nobody's Secrets Manager knows of a namespace that was thought up just now.
    base = files["k8s/base/kustomization.yaml"]
    files["k8s/base/kustomization.yaml"] = base.replace("  - externalsecret.yaml\n", "")
    world = make_world(remotes / "world", files={"tagbump.yaml": POLICY.format(prefix=prefix), **files})
    secret = {"DATABASE_URL": base64.b64encode(database_url.encode()).decode()}
    with opened(Place(prefix, world, images)) as place:
        metadata = {"name": "service-database", "namespace": place.namespace("dev")}
        place.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": secret})
        yield place


def installed(platform: str) -> str:
    """The platform's values, on a cluster whose database and resolver are at DATABASE_HOST."""
    content = yaml.safe_load(platform)
    there = f"{os.environ['DATABASE_HOST']}/32"
    content["data"] |= {"database-subnets": there, "dns": there}
    return str(yaml.safe_dump(content))


def test_our_service_becomes_live_in_dev(own: Place, service: str) -> None:
    source = own.world.commit("feat: the service")
    own.world.done("bump", "dev", service, "--source", source)
    own.apply(application(own, "dev", automated=True))

    outcome = own.wait("dev", "--record", "--timeout", "5m")

    assert outcome.code == 0, outcome
    assert "proof/dev/" in own.world.refs()
