"""The whole of it on a cluster: our own k8s/, argocd/ and platform/, our own service, and people who release it.

There is one of these on a cluster (installing.py puts it there). Tests share it, and take turns at its environments.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from tests.e2e.argo import Account, Answer
from tests.e2e.builds import ROOT, Builds
from tests.e2e.load import Load, post
from tests.e2e.places import application, kubectl, read, refresh
from tests.e2e.turns import Turns
from tests.tagbump.world import Outcome, World

ENVIRONMENTS: Final = ("dev", "stage", "prod")
EVIDENCE: Final = ROOT / "build/e2e"
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

    def seen(self, environment: str, commit: str) -> bool:
        """Say whether Argo CD has compared with `commit`, or with one after it."""
        compared = application(f"service-{environment}").get("status", {}).get("sync", {}).get("revision", "")
        return bool(compared) and commit in self.world.git("rev-list", compared, cwd=self.world.remote).split()

    def at_rest(self, environment: str) -> bool:
        """Say whether the next may release: by the Rollout, and by Argo CD, whose word of its pods is later."""
        told = application(f"service-{environment}").get("status", {}).get("health", {}).get("status", "")
        return (self.phase(environment), told) == ("Healthy", "Healthy")

    def weight(self, environment: str) -> int:
        """Return the canary's weight at the load balancer, in per cent."""
        status = self.rollout(environment).get("status", {})
        return int(status.get("canary", {}).get("weights", {}).get("canary", {}).get("weight", 0))

    def led(self, environment: str) -> Any:
        """Return what the load balancer is told, as the Ingress has it."""
        told = self.get("ingresses", environment, "service")["metadata"]["annotations"]
        return told["alb.ingress.kubernetes.io/actions.service-root"]

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
        with psycopg.connect(database(f"service_{environment}")) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert row
        return str(row[0])

    @contextmanager
    def without_database(self, environment: str) -> Iterator[None]:
        """End every connection to the database of `environment`, and let in nobody."""
        name = f"service_{environment}"
        with psycopg.connect(database("postgres"), autocommit=True) as server:
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


def database(name: str) -> str:
    """Return the address of a database of PostgreSQL's administrator."""
    return f"postgresql://postgres:postgres@{os.environ['DATABASE_HOST']}:5432/{name}?sslmode=require"
