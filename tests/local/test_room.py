"""infra/local: that its files render, agree with each other and with what they stand in for, and are pinned."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from demo.postgres import binaries, short_folder
from tests.manifests.rendering import ROOT, Resource, render
from tests.postgres import running_postgres

ROOM = ROOT / "infra/local"
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?(@sha256:[0-9a-f]{64})?")


@pytest.fixture(scope="module")
def rendered() -> list[Resource]:
    """All that is in this repository whole."""
    return [*render(ROOM / "prometheus"), *render(ROOM / "stand_ins")]


def read(name: str) -> Any:
    return yaml.safe_load((ROOM / name).read_text())


def own_files() -> list[Path]:
    return [path for path in ROOM.rglob("*.yaml") if path.name != "kustomization.yaml"]


def images() -> Iterator[str]:
    for path in own_files():
        yield from re.findall(r"^ +-? ?image: (\S+)", path.read_text(), re.MULTILINE)


def test_every_image_has_a_version_that_does_not_move() -> None:
    found = list(images())

    assert len(found) == 7
    assert [image for image in found if not PINNED.fullmatch(image)] == []


def test_every_file_is_used() -> None:
    for folder in {path.parent for path in own_files()} - {ROOM}:
        content = read(str(folder.relative_to(ROOM) / "kustomization.yaml"))
        named = set(content["resources"]) | {patch["path"] for patch in content.get("patches", [])}
        assert {path.name for path in own_files() if path.parent == folder} <= named


def test_what_a_kustomization_does_not_have_is_got_from_elsewhere() -> None:
    upstream = read("upstream.yaml")

    for part in (path for path in ROOM.iterdir() if path.is_dir()):
        absent = {name for name in read(f"{part.name}/kustomization.yaml")["resources"] if not (part / name).exists()}
        assert absent == set(upstream.get(part.name, {"files": {}})["files"])


def test_what_is_got_from_elsewhere_is_named_by_a_version_and_a_sum() -> None:
    for wanted in read("upstream.yaml").values():
        assert re.match(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/v\d+\.\d+\.\d+/", wanted["from"])
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in wanted["files"].values())


def test_the_values_are_among_those_of_the_platform() -> None:
    known = yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"]

    assert read("platform.yaml").keys() <= known.keys()
    assert read("platform.yaml")["prometheus"] == known["prometheus"]


def test_the_subnets_are_those_of_the_pods() -> None:
    values = read("platform.yaml")

    assert {values["load-balancer-subnets"], values["database-subnets"]} == {
        read("kind.yaml")["networking"]["podSubnet"]
    }


def test_every_way_in_leads_to_a_service() -> None:
    offered = {one["nodePort"] for path in own_files() for one in node_ports(path)}
    mapped = [one for node in read("kind.yaml")["nodes"] for one in node["extraPortMappings"]]

    assert {one["containerPort"] for one in mapped} == offered
    assert {one["listenAddress"] for one in mapped} == {"127.0.0.1"}


def node_ports(path: Path) -> list[dict[str, int]]:
    content = yaml.safe_load(path.read_text())
    is_one = isinstance(content, dict) and content.get("kind") == "Service"
    return [port for port in content["spec"]["ports"] if "nodePort" in port] if is_one else []


def test_a_service_finds_the_pods_that_it_is_for(rendered: list[Resource]) -> None:
    pods = [one["spec"]["template"] for one in rendered if one["kind"] == "Deployment"]
    for service in (one for one in rendered if one["kind"] == "Service"):
        selector = service["spec"]["selector"]
        if "operator.prometheus.io/name" in selector:  # the operator makes these pods
            assert selector["operator.prometheus.io/name"] == "prometheus"
            continue
        (pod,) = [one for one in pods if selector.items() <= one["metadata"]["labels"].items()]
        ports = {port["name"] for one in pod["spec"]["containers"] for port in one.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_the_load_balancer_may_list_what_it_follows_and_nothing_else(rendered: list[Resource]) -> None:
    (role,) = [one for one in rendered if one["kind"] == "ClusterRole" and one["metadata"]["name"] == "balancer"]

    assert {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]} == {
        ("ingresses", "list"),
        ("ingresses/status", "patch"),
        ("services", "list"),
    }


def test_amazons_stand_in_keeps_what_the_external_secrets_ask_for() -> None:
    program = (ROOM / "stand_ins/aws/keep_secrets.py").read_text()

    for environment in ("dev", "stage", "prod"):
        (wanted,) = [one for one in render(ROOT / "k8s/overlays" / environment) if one["kind"] == "ExternalSecret"]
        (data,) = wanted["spec"]["data"]
        assert data["remoteRef"]["key"] == f"service/{environment}/database"
        assert data["remoteRef"]["property"] == "url"
    assert 'Name=f"service/{environment}/database"' in program
    assert f'REGION = "{read("platform.yaml")["region"]}"' in program


def test_the_databases_are_made_by_the_real_psql_and_take_a_new_password() -> None:
    script = (ROOM / "stand_ins/postgresql/databases.sql").read_text()
    programs = binaries()
    assert programs

    with short_folder("postgres-") as folder, running_postgres(folder / "data") as url:
        command = [str(programs / "psql"), "--quiet", "--set", "ON_ERROR_STOP=1", url]
        rows, kept = [], []
        for password in ("first 'quoted'", "first 'quoted'", "second"):
            env = {"PATH": os.environ["PATH"], "POSTGRES_PASSWORD": password}
            subprocess.run(command, input=script, env=env, text=True, check=True, capture_output=True)
            with psycopg.connect(url) as connection:
                rows = connection.execute(
                    "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'service_%' ORDER BY 1"
                ).fetchall()
                kept.append(connection.execute("SELECT count(DISTINCT rolpassword) FROM pg_authid").fetchall())

    assert rows == [(name, name) for name in ("service_dev", "service_prod", "service_stage")]
    assert kept == [[(3,)]] * 3  # one hash for each role: a salt of its own
