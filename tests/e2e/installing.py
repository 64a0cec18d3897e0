"""The platform put onto a cluster and taken off it again.

Of the manifests platform/platform.yaml is changed, by where this cluster has the repository, the databases and its
resolver; tagbump.yaml has seconds for minutes, and no freeze, so the project of prod has no sync windows. There is one
of these on a cluster: the namespaces and Applications have the names that users see.
"""

import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

import psycopg
import pytest

from tests.e2e.argo import Account, sign_in
from tests.e2e.builds import ROOT, Builds
from tests.e2e.places import LABEL, kubeconfig, kubectl
from tests.e2e.platform import ENVIRONMENTS, Platform, database
from tests.tagbump.world import World, join_world, make_world

ROOMS: Final = ("k8s", "argocd", "platform")
POLICY: Final = """\
image: service
branch: main
environments:
  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, application: argocd/service-stage, from: dev, approval: required}
  prod: {overlay: k8s/overlays/prod, application: argocd/service-prod, from: stage, approval: four-eyes, soak: 5s}
"""


@contextmanager
def platform(folder: Path, builds: Builds, rooms: Sequence[str] = ROOMS) -> Iterator[Platform]:
    """Have the platform until the block ends."""
    try:
        found = begin(folder, builds, rooms)
        with first_releases(folder, found):
            pass
        yield found
    finally:
        end(folder)


def begin(folder: Path, builds: Builds, rooms: Sequence[str] = ROOMS) -> Platform:
    """Deploy the platform from a repository in `folder`, with version 1.0.0 live and proven in dev.

    The repository has `rooms` of this one. Other processes may `join`; one of them has to `end` it. What brings the
    version to where people let it in is `first_releases`.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *rooms],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    files: dict[str, str | bytes] = {name: (ROOT / name).read_bytes() for name in listed if (ROOT / name).is_file()}
    # What tagbump.yaml has no freeze for, the project has no window for: tests run at week-ends too.
    project = (ROOT / "argocd/projects/prod.yaml").read_text()
    files["argocd/projects/prod.yaml"] = project[: project.index("  # As `freeze` in tagbump.yaml")]
    address = f"{os.environ['DATABASE_HOST']}/32"
    values = {
        "repository": f"file://{folder / 'world/remote.git'}",
        "database-subnets": address,
        "dns": os.environ.get("E2E_DNS", address),  # where the resolver is no pod
    }
    settings = (ROOT / "platform/platform.yaml").read_text()
    for name, value in values.items():
        settings = re.sub(rf"^  {name}: .*", f"  {name}: {value}", settings, flags=re.MULTILINE)
    files |= {"platform/platform.yaml": settings, "tagbump.yaml": POLICY}
    found = Platform(make_world(folder / "world", files=files), builds, os.environ["INGRESS"])
    _remove()  # what a killed run left
    _keep_settings(folder / "settings.json")
    builds.begin()
    _deploy(found)
    accounts = {one.name: (str(one.config), one.token) for one in found.accounts.values()}
    (folder / "platform.json").write_text(json.dumps({"env": found.world.env, "accounts": accounts}))
    return found


@contextmanager
def first_releases(folder: Path, found: Platform) -> Iterator[None]:
    """Bring what dev has now to stage and prod, whose turns this has from the beginning on, while the block runs.

    The block's end waits for it. No version is there to be compared with, so that its rollouts take no steps.
    """
    artifact, begun = found.artifact("dev"), Event()
    joined = join(folder, found.builds, "setup")

    def bring() -> None:
        with joined.turns.at("stage", "prod"):
            begun.set()
            for one in ("stage", "prod"):
                joined.deliver(one, artifact)
                joined.live(one)

    with ThreadPoolExecutor(1) as pool:
        brought = pool.submit(bring)
        assert begun.wait(60), "somebody else has a turn before anything is deployed"
        yield
        brought.result()


def join(folder: Path, builds: Builds, name: str) -> Platform:
    """Return the platform that was begun in `folder`, as somebody who is called `name` has it."""
    said = json.loads((folder / "platform.json").read_text())
    accounts = {one: Account(one, Path(config), token) for one, (config, token) in said["accounts"].items()}
    world = join_world(World(folder / "world", said["env"]), folder / name)
    return Platform(world, builds, os.environ["INGRESS"], accounts)


def end(folder: Path) -> None:
    """Take the platform away that was begun in `folder`, if it was, and give Argo CD back the settings it had."""
    kept = folder / "settings.json"
    if kept.is_file() and not os.environ.get("E2E_KEEP"):
        _remove(wait=False)
        _give_back_settings(kept)


def _deploy(found: Platform) -> None:
    """Bring Argo CD what it follows, and a first version to dev."""
    checkout = found.world.checkout
    _secrets()
    # Before Argo CD looks: it would deploy dev with no build, and wait for an image that does not exist.
    found.bump("1.0.0")
    kubectl("apply", "--kustomize", str(checkout / "argocd/bootstrap"))
    for one in ENVIRONMENTS:
        kubectl("create", "namespace", f"service-{one}")
        kubectl("label", "namespace", f"service-{one}", f"{LABEL}=platform")
    kubectl("apply", "--kustomize", str(checkout / "argocd/access"))
    kubeconfig(found.world, "tagbump")
    _accounts(found)
    found.until(lambda: "service-prod" in kubectl("get", "applications", "--namespace", "argocd"), seconds=60)
    found.live("dev")


def _secrets() -> None:
    """Make each environment its database, and put the address where External Secrets looks."""
    vault = Path(os.environ["CLUSTER_HOME"]) / "secrets.json"
    kept = json.loads(vault.read_text())
    with psycopg.connect(database("postgres"), autocommit=True) as server:
        for one in ENVIRONMENTS:
            server.execute(f"DROP DATABASE IF EXISTS service_{one} WITH (FORCE)")
            server.execute(f"CREATE DATABASE service_{one}")
            kept[f"service/{one}/database"] = {"url": database(f"service_{one}")}
    vault.write_text(json.dumps(kept))


def _accounts(found: Platform) -> None:
    """Bring argocd/config, and sign in as each of its accounts."""
    kubectl("apply", "--server-side", "--force-conflicts", "--kustomize", str(found.world.checkout / "argocd/config"))
    admin = sign_in(found.world.root / "admin.argocd", "admin", os.environ["ARGOCD_PASSWORD"])
    # A server that sees new settings begins anew with them.
    found.until(lambda: admin.ask("account", "get", "--account", "ci").code == 0, seconds=60)
    password = secrets.token_urlsafe(12)
    found.accounts["admin"] = admin
    given = ("--current-password", os.environ["ARGOCD_PASSWORD"], "--new-password", password)
    for name in ("approver", "release-manager", "reader"):
        admin.ask("account", "update-password", "--account", name, *given, check=True)
        found.accounts[name] = sign_in(found.world.root / f"{name}.argocd", name, password)
    token = admin.ask("account", "generate-token", "--account", "ci", "--expires-in", "2h", check=True).stdout.strip()
    found.accounts["ci"] = Account("ci", found.world.root / "admin.argocd", token)


SETTINGS: Final = (
    "configmap/argocd-cm",
    "configmap/argocd-rbac-cm",
    "configmap/argocd-notifications-cm",
    "secret/argocd-notifications-secret",
)


def _keep_settings(kept: Path) -> None:
    """Write down the settings that Argo CD has: it may be somebody's."""
    had = {}
    for name in SETTINGS:
        text = kubectl("get", name, "--namespace", "argocd", "--ignore-not-found", "--output", "json")
        had[name] = json.loads(text).get("data", {}) if text else None
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(had))


def _give_back_settings(kept: Path) -> None:
    for name, data in json.loads(kept.read_text()).items():
        if data is None:
            kubectl("delete", name, "--namespace", "argocd", "--ignore-not-found")
        else:
            patch = json.dumps([{"op": "add", "path": "/data", "value": data}])
            kubectl("patch", name, "--namespace", "argocd", "--type", "json", "--patch", patch)


def _remove(*, wait: bool = True) -> None:
    """Take the platform away: first who deploys it, then what was deployed. One that no test made is left alone.

    Pods take a minute to end. Who does not `wait` leaves that to the cluster.
    """
    for one in ENVIRONMENTS:
        found = kubectl("get", "namespace", f"service-{one}", "--ignore-not-found", "--output", "json")
        if found and LABEL not in json.loads(found)["metadata"].get("labels", {}):
            pytest.fail(f"service-{one} is there, and no test made it: the tests take a cluster without this platform")
    argocd = ["--namespace", "argocd", "--ignore-not-found"]
    kubectl("delete", "applications.argoproj.io", "root", *(f"service-{one}" for one in ENVIRONMENTS), *argocd)
    kubectl("delete", "appprojects.argoproj.io", "nonprod", "prod", "bootstrap", *argocd)
    kubectl("delete", "serviceaccounts,roles,rolebindings", "tagbump", *argocd)
    for one in ENVIRONMENTS:
        # A sync that was cut off leaves its hook to nobody: the namespace would wait for it for ever.
        found = json.loads(kubectl("get", "jobs", "--namespace", f"service-{one}", "--output", "json"))["items"]
        for job in found:
            patch = '{"metadata": {"finalizers": null}}'
            name = f"jobs/{job['metadata']['name']}"
            kubectl("patch", name, "--namespace", f"service-{one}", "--type", "merge", "--patch", patch, check=False)
    namespaces = [f"service-{one}" for one in ENVIRONMENTS]
    kubectl("delete", "namespaces", *namespaces, "--ignore-not-found", f"--wait={str(wait).lower()}")
