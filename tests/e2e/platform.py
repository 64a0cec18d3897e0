"""The whole of it on a cluster: our own k8s/, argocd/ and platform/, our own service, and people who release it.

Of the manifests platform/platform.yaml is changed, by where this cluster has the repository, the databases and its
resolver; tagbump.yaml has seconds for minutes, and no freeze, so the project of prod has no sync windows. There is one
of these on a cluster: the namespaces and Applications have the names that users see. Tests share it, and take turns at
its environments.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.e2e.argo import Account, Answer, sign_in
from tests.e2e.builds import ROOT, Builds
from tests.e2e.load import Load, post
from tests.e2e.places import LABEL, application, kubeconfig, kubectl, read, refresh
from tests.e2e.turns import Turns
from tests.tagbump.world import Outcome, World, join_world, make_world

ENVIRONMENTS: Final = ("dev", "stage", "prod")
ROOMS: Final = ("k8s", "argocd", "platform")
EVIDENCE: Final = ROOT / "build/e2e"
POLICY: Final = """\
image: service
branch: main
environments:
  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, application: argocd/service-stage, from: dev, approval: required}
  prod: {overlay: k8s/overlays/prod, application: argocd/service-prod, from: stage, approval: four-eyes, soak: 5s}
"""
AUTHOR: Final = "Ada <ada@example.com>"
APPROVER: Final = "Grace <grace@example.com>"
SECONDS: Final = 480  # what a step of a release may take on a busy machine; half a minute to two on a quiet one


@dataclass
class Platform:
    """The repository, the cluster that follows it, and the builds."""

    world: World
    builds: Builds
    ingress: str
    accounts: dict[str, Account] = field(default_factory=dict)
    """Who has signed in to Argo CD, by their names."""

    @property
    def turns(self) -> Turns:
        return Turns(self.world.remote.resolve().parents[1])

    # --- people and pipelines -----------------------------------------------------------------------------------------

    def release(self, tag: str, faults: Mapping[str, str] | None = None, migration: str = "") -> str:
        """Merge a commit, build it, release it to dev, and have Argo CD look. Return the artifact."""
        artifact = self.bump(tag, faults, migration)
        self.refresh("dev")
        return artifact

    def bump(self, tag: str, faults: Mapping[str, str] | None = None, migration: str = "") -> str:
        source = self.world.commit(f"feat: what makes {tag}", by=AUTHOR)
        artifact = self.builds.build(tag, source, faults, migration)
        outcome = self.world.json("bump", "dev", artifact, "--source", source)
        assert outcome.code == 0, outcome
        return artifact

    def promote(self, environment: str, artifact: str = "") -> Outcome:
        """Promote `artifact`, or what the environment before it holds now."""
        if environment == "prod":
            time.sleep(6)  # the soak
        named = ("--artifact", artifact) if artifact else ()
        outcome = self.world.json("promote", environment, "--approved-by", APPROVER, *named)
        assert outcome.code == 0, outcome
        self.refresh(environment)
        return outcome

    def deliver(self, environment: str, artifact: str = "") -> None:
        """Promote, and have the approver sync once Argo CD shows it."""
        self.promote(environment, artifact)
        self.approve(environment)

    def approve(self, environment: str) -> None:
        """Have the approver sync, once Argo CD shows that there is something to."""
        self.until(lambda: self.synced(environment) == "OutOfSync", seconds=60, told="Argo CD has seen the release")
        assert self.sync(environment).code == 0

    def live(self, environment: str, *more: str) -> Outcome:
        """Wait until what was released is live, which it has to become, and record the proof."""
        outcome = self.wait(environment, "--record", *more)
        assert outcome.code == 0, outcome
        return outcome

    def wait(self, environment: str, *more: str, timeout: str = f"{SECONDS}s") -> Outcome:
        return self.world.run("wait", environment, "--timeout", timeout, "--json", *more, patience_s=600)

    def rollback(self, environment: str, reason: str) -> Outcome:
        outcome = self.world.json("rollback", environment, "--reason", reason)
        assert outcome.code == 0, outcome
        self.refresh(environment)
        return outcome

    def sync(self, environment: str, *, account: str = "approver") -> Answer:
        """What a click on Sync in the Argo CD UI does."""
        return self.accounts[account].sync(f"service-{environment}", "--prune")

    def act(self, environment: str, action: str, *, account: str = "approver") -> Answer:
        """What a click on an action of the Rollout does: resume, abort, retry, promote-full."""
        return self.accounts[account].act(f"service-{environment}", action)

    def refresh(self, environment: str) -> None:
        """What a webhook of the git server does: have Argo CD look now."""
        refresh(f"service-{environment}")

    # --- what is so ---------------------------------------------------------------------------------------------------

    def host(self, environment: str) -> str:
        return {"prod": "service.example.com"}.get(environment, f"service-{environment}.example.com")

    @contextmanager
    def users(self, environment: str, **more: Any) -> Iterator[Load]:
        """Have users in `environment`, and what they ask for, until the block ends."""
        host = self.host(environment)
        assert post(self.ingress, host, "/config", {"key": "e2e", "value": 1}) in (200, 201)
        assert post(self.ingress, host, "/shorten", {"url": "https://example.com/", "key": "e2e-link"}) in (201, 409)
        with Load(self.ingress, host, **more).running() as load:
            yield load

    def get(self, kind: str, environment: str, name: str = "") -> dict[str, Any]:
        """Return an object of `environment`, or a list of them; empty where it is not there."""
        return read(kind, f"service-{environment}", name)

    def rollout(self, environment: str) -> dict[str, Any]:
        return self.get("rollouts", environment, "service")

    def artifact(self, environment: str) -> str:
        """Return what git has for `environment`."""
        return self.world.artifact(environment)

    def proven(self, environment: str, artifact: str) -> bool:
        return f"proof/{environment}/{artifact.partition('sha256:')[2][:12]}" in self.world.refs()

    def stable(self, environment: str) -> str:
        """Return the hash of the version that counts as good."""
        return str(self.rollout(environment).get("status", {}).get("stableRS", ""))

    def phase(self, environment: str) -> str:
        return str(self.rollout(environment).get("status", {}).get("phase", ""))

    def synced(self, environment: str) -> str:
        """Return Synced, OutOfSync or Unknown, as the Argo CD UI shows it."""
        return str(application(f"service-{environment}").get("status", {}).get("sync", {}).get("status", ""))

    def weight(self, environment: str) -> int:
        """Return the canary's weight at the load balancer, in per cent."""
        status = self.rollout(environment).get("status", {})
        return int(status.get("canary", {}).get("weights", {}).get("canary", {}).get("weight", 0))

    def digests(self, environment: str) -> set[str]:
        """Return the digests that the service's pods run now."""
        pods = self._pods(environment)
        return {one["image"].partition("@")[2] for pod in pods for one in pod["spec"]["containers"]}

    def pods(self, environment: str) -> list[str]:
        """Return the names of the service's pods that are not about to end."""
        return [pod["metadata"]["name"] for pod in self._pods(environment)]

    def ready(self, environment: str) -> int:
        """Return how many of them are ready."""
        conditions = [one for pod in self._pods(environment) for one in pod["status"].get("conditions", [])]
        return sum(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def newest(self, environment: str) -> float:
        """Return when the youngest of them was made, in seconds since the epoch; 0 where there is none."""
        made = [pod["metadata"]["creationTimestamp"] for pod in self._pods(environment)]
        return max((datetime.fromisoformat(one).timestamp() for one in made), default=0)

    def restarts(self, environment: str) -> dict[str, int]:
        """Return how often each of them was restarted."""
        return {
            pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"].get("containerStatuses", []))
            for pod in self._pods(environment)
        }

    def waiting(self, environment: str) -> set[str]:
        """Return what containers of any pod there wait for, in the kubelet's words."""
        statuses = [
            one
            for pod in self.get("pods", environment)["items"]
            for kind in ("initContainerStatuses", "containerStatuses")
            for one in pod["status"].get(kind, [])
        ]
        return {str(one["state"]["waiting"].get("reason")) for one in statuses if "waiting" in one["state"]}

    def schema(self, environment: str) -> str:
        """Return the revision that the database of `environment` is at."""
        with psycopg.connect(_database(f"service_{environment}")) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert row
        return str(row[0])

    @contextmanager
    def without_database(self, environment: str) -> Iterator[None]:
        """End every connection to the database of `environment`, and let in nobody."""
        name = f"service_{environment}"
        with psycopg.connect(_database("postgres"), autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            try:
                yield
            finally:
                server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def restart(self, environment: str) -> None:
        """What `kubectl argo rollouts restart` does."""
        patch = json.dumps({"spec": {"restartAt": datetime.now(UTC).isoformat(timespec="seconds")}})
        namespace = f"service-{environment}"
        kubectl("patch", "rollouts/service", "--namespace", namespace, "--type", "merge", "--patch", patch)

    def _pods(self, environment: str) -> list[dict[str, Any]]:
        return [
            pod
            for pod in self.get("pods", environment)["items"]
            if pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == "service"
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def until(self, what: Callable[[], Any], *, seconds: float = SECONDS, told: str = "") -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"it did not come about within {seconds:g} s: {told}"
            time.sleep(1)

    # --- what is left of a test ---------------------------------------------------------------------------------------

    def evidence(self, name: str, *loads: Load, **said: object) -> None:
        """Write what can be seen after a test to build/e2e/`name`/: the board, events, Rollouts, analyses, logs."""
        folder = EVIDENCE / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        lines = [line for load in loads for line in (load.told(), *load.wrong)]
        (folder / "users.txt").write_text("\n".join([*lines, *(f"{key}: {value}" for key, value in said.items()), ""]))
        (folder / "board.txt").write_text(self.world.run("status").stdout)
        self.world.run("status", "--html", str(folder / "board.html"))
        (folder / "log.txt").write_text(self.world.git("log", "--stat", "main", cwd=self.world.remote))
        applications = kubectl("get", "applications", "--namespace", "argocd", "--output", "yaml", check=False)
        (folder / "applications.yaml").write_text(applications)
        kinds = "rollouts.argoproj.io,analysisruns.argoproj.io,pods,jobs,ingresses,horizontalpodautoscalers"
        for environment in ENVIRONMENTS:
            namespace = ["--namespace", f"service-{environment}"]
            shown = kubectl("get", kinds, *namespace, "--output", "yaml", check=False)
            (folder / f"{environment}-objects.yaml").write_text(shown)
            events = kubectl("get", "events", *namespace, "--sort-by", ".lastTimestamp", check=False)
            (folder / f"{environment}-events.txt").write_text(events)
            logs = kubectl(
                "logs", *namespace, "--selector", "app.kubernetes.io/part-of=service", "--all-containers", "--prefix",
                "--tail", "200", check=False,
            )  # fmt: skip
            (folder / f"{environment}-logs.txt").write_text(logs)


@contextmanager
def platform(folder: Path, builds: Builds, rooms: Sequence[str] = ROOMS) -> Iterator[Platform]:
    """Have the platform until the block ends."""
    try:
        yield begin(folder, builds, rooms)
    finally:
        end(folder)


def begin(folder: Path, builds: Builds, rooms: Sequence[str] = ROOMS) -> Platform:
    """Deploy the platform from a repository in `folder`, with version 1.0.0 live and proven in every environment.

    The repository has `rooms` of this one. Other processes may `join`; one of them has to `end` it.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *rooms],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    files: dict[str, str | bytes] = {name: (ROOT / name).read_bytes() for name in listed if (ROOT / name).is_file()}
    # What tagbump.yaml has no freeze for, the project has no window for: tests run at week-ends too.
    project = (ROOT / "argocd/projects/prod.yaml").read_text()
    files["argocd/projects/prod.yaml"] = project[: project.index("  # As `freeze` in tagbump.yaml")]
    database = f"{os.environ['DATABASE_HOST']}/32"
    values = {
        "repository": f"file://{folder / 'world/remote.git'}",
        "database-subnets": database,
        "dns": os.environ.get("E2E_DNS", database),  # where the resolver is no pod
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
        _remove()
        _give_back_settings(kept)


def _deploy(found: Platform) -> None:
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
    _first_releases(found)


def _database(name: str) -> str:
    return f"postgresql://postgres:postgres@{os.environ['DATABASE_HOST']}:5432/{name}?sslmode=require"


def _secrets() -> None:
    """Make each environment its database, and put the address where External Secrets looks."""
    vault = Path(os.environ["CLUSTER_HOME"]) / "secrets.json"
    kept = json.loads(vault.read_text())
    with psycopg.connect(_database("postgres"), autocommit=True) as server:
        for one in ENVIRONMENTS:
            server.execute(f"DROP DATABASE IF EXISTS service_{one} WITH (FORCE)")
            server.execute(f"CREATE DATABASE service_{one}")
            kept[f"service/{one}/database"] = {"url": _database(f"service_{one}")}
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


def _first_releases(found: Platform) -> None:
    """Bring 1.0.0 through: no version is there to be compared with, so its rollouts take no steps."""
    found.until(lambda: "service-prod" in kubectl("get", "applications", "--namespace", "argocd"), seconds=60)
    found.live("dev")
    for one in ("stage", "prod"):
        found.deliver(one)
        found.live(one)


def _remove() -> None:
    """Take the platform away: first who deploys it, then what was deployed. One that no test made is left alone."""
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
    kubectl("delete", "namespaces", *(f"service-{one}" for one in ENVIRONMENTS), "--ignore-not-found")
