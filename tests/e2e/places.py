"""A GitOps repository, the Applications that deploy it, and the account that CI asks with: one set for each test."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from kubernetes import client, config

from tests.e2e.images import Images
from tests.tagbump.world import Outcome, World, make_world

ACCESS: Final = Path(__file__).parents[2] / "argocd/access"
LABEL: Final = "tagbump.example.com/e2e"
_GROUPS: Final = {
    "pods": "api/v1",
    "horizontalpodautoscalers": "apis/autoscaling/v2",
    "ingresses": "apis/networking.k8s.io/v1",
    **dict.fromkeys(
        ("analysisruns", "analysistemplates", "applications", "appprojects", "rollouts"), "apis/argoproj.io/v1alpha1"
    ),
}

POLICY: Final = """\
image: service
environments:
  dev:   {{overlay: k8s/overlays/dev, application: argocd/{prefix}-dev}}
  stage: {{overlay: k8s/overlays/stage, application: argocd/{prefix}-stage}}
"""
ROLLOUT: Final = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: service}
spec:
  replicas: 2
  progressDeadlineSeconds: 120
  progressDeadlineAbort: true
  selector: {matchLabels: {app: service}}
  strategy: {canary: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: service}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: service
          image: service
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 1}
"""
OVERLAY: Final = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources: [../../base]
images:
  - name: service
    newName: {name}
    newTag: "{tag}"
    digest: {digest}
"""
STEPS: Final = """\
patches:
  - target: {kind: Rollout}
    patch: |
      - op: add
        path: /spec/strategy/canary/steps
        value: [{setWeight: 50}, {pause: {}}]
"""


def kubectl(*arguments: str, given: str | None = None, check: bool = True, config: Path | None = None) -> str:
    """Run kubectl on the cluster, as its administrator or as `config` says, and return what it prints."""
    env = {**os.environ, "KUBECONFIG": str(config)} if config else None
    done = subprocess.run(
        ["kubectl", *arguments], input=given, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    if check and done.returncode != 0:
        raise AssertionError(f"kubectl {arguments}: {done.stderr}")
    return done.stdout if check else done.stdout + done.stderr


def read(kind: str, namespace: str, name: str = "") -> dict[str, Any]:
    """Return an object, or a list of them; empty where there is none. By kubectl it takes twenty times the CPU."""
    path = "/" + "/".join(filter(None, [_GROUPS[kind], "namespaces", namespace, kind, name]))
    answer = _api().call_api(*_api().param_serialize("GET", path, auth_settings=["BearerToken"]))
    text = answer.read()  # type: ignore[no-untyped-call]
    if answer.status == 404:
        return {}
    assert answer.status == 200, f"GET {path}: {answer.status}: {text[:300]!r}"
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _api() -> client.ApiClient:
    found: client.ApiClient = config.new_client_from_config(os.environ["KUBECONFIG"])  # type: ignore[no-untyped-call]
    return found


def application(name: str) -> dict[str, Any]:
    """Return an Application of Argo CD; empty where there is none."""
    return read("applications", "argocd", name)


def refresh(name: str) -> None:
    """What a webhook of the git server does: have Argo CD look now."""
    patch = json.dumps({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}})
    kubectl("patch", f"applications/{name}", "--namespace", "argocd", "--type", "merge", "--patch", patch)


def clear(prefix: str) -> None:
    """Take away what a test left in the cluster."""
    label = f"{LABEL}={prefix}"
    # The Applications first, and what they deploy with the namespaces: else the one would bring the other back.
    kinds = "applications.argoproj.io,roles,rolebindings,serviceaccounts"
    kubectl("delete", kinds, "--namespace", "argocd", "--selector", label, "--ignore-not-found")
    kubectl("delete", "namespaces", "--selector", label, "--ignore-not-found", "--wait=false")


def clear_old() -> None:
    """Take away what killed runs left: what is younger than an hour may be somebody else's run."""
    found = json.loads(kubectl("get", "namespaces", "--selector", LABEL, "--output", "json"))["items"]
    for namespace in found:
        if datetime.now(UTC) - datetime.fromisoformat(namespace["metadata"]["creationTimestamp"]) > timedelta(hours=1):
            clear(namespace["metadata"]["labels"][LABEL])


@dataclass
class Place:
    """One test's repository and what deploys it. Commands run as the account of argocd/access."""

    prefix: str
    world: World
    images: Images

    @property
    def config(self) -> Path:
        """The kubeconfig of the account."""
        return self.world.root / "kubeconfig"

    def namespace(self, environment: str) -> str:
        return f"{self.prefix}-{environment}"

    def apply(self, *objects: dict[str, Any]) -> None:
        """Make objects in the cluster, as its administrator, to be cleared away with the rest."""
        for one in objects:
            one["metadata"].setdefault("labels", {})[LABEL] = self.prefix
        kubectl("apply", "--filename", "-", given=yaml.safe_dump_all(objects))

    # --- what people and pipelines do ---------------------------------------------------------------------------------

    def release(self, environment: str, artifact: str, *more: str) -> str:
        """Merge a commit, release its artifact, and return the release."""
        source = self.world.commit(f"feat: what makes {artifact.partition('@')[0]}")
        outcome = self.world.json("bump", environment, artifact, "--source", source, *more)
        assert outcome.code == 0, outcome
        self.refresh(environment)
        return str(outcome.document["commit"])

    def wait(self, environment: str, *more: str) -> Outcome:
        return self.world.json("wait", environment, *more)

    def live(self, environment: str) -> Outcome:
        """Wait until what was released is live, which it has to become."""
        outcome = self.wait(environment, "--timeout", "2m")
        assert outcome.code == 0, outcome
        return outcome

    def sync(self, environment: str) -> None:
        """What a person does by clicking on Sync."""
        operation = {"initiatedBy": {"username": "ada"}, "sync": {"syncOptions": ["CreateNamespace=true"]}}
        self.patch(environment, {"operation": operation})

    def refresh(self, environment: str) -> None:
        refresh(f"{self.prefix}-{environment}")

    def patch(self, environment: str, change: dict[str, Any]) -> None:
        name = f"applications/{self.prefix}-{environment}"
        kubectl("patch", name, "--namespace", "argocd", "--type", "merge", "--patch", json.dumps(change))

    def resume(self, environment: str) -> None:
        """What `kubectl argo rollouts promote` does."""
        self.patch_status(environment, {"pauseConditions": None})

    def abort(self, environment: str) -> None:
        """What `kubectl argo rollouts abort` does."""
        self.patch_status(environment, {"abort": True})

    def patch_status(self, environment: str, change: dict[str, Any]) -> None:
        kubectl(
            "patch", "rollouts/service", "--namespace", self.namespace(environment), "--subresource", "status",
            "--type", "merge", "--patch", json.dumps({"status": change}),
        )  # fmt: skip

    # --- what is so ---------------------------------------------------------------------------------------------------

    def application(self, environment: str) -> dict[str, Any]:
        return application(f"{self.prefix}-{environment}")

    def rollout(self, environment: str) -> dict[str, Any]:
        return read("rollouts", self.namespace(environment), "service")

    def until(self, what: Callable[[], bool], *, seconds: float = 90) -> None:
        """Wait until something is so in the cluster."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.5)


@contextmanager
def made(folder: Path, images: Images) -> Iterator[Place]:
    """Make a place in `folder`: 1.0.0 is released to dev and to stage, and their Applications are there."""
    prefix = f"e2e-{uuid.uuid4().hex[:6]}"
    name, _, digest = images.good("1.0.0").partition("@")
    values = {"name": name.rpartition(":")[0], "tag": "1.0.0", "digest": digest}
    overlays = {
        f"k8s/overlays/{one}/kustomization.yaml": OVERLAY.format(namespace=f"{prefix}-{one}", **values) + more
        for one, more in (("dev", ""), ("stage", STEPS))
    }
    base = {"k8s/base/kustomization.yaml": "resources: [rollout.yaml]\n", "k8s/base/rollout.yaml": ROLLOUT}
    world = make_world(folder / "world", files={"tagbump.yaml": POLICY.format(prefix=prefix), **base, **overlays})
    with opened(Place(prefix, world, images)) as place:
        place.apply(_follows(place, "dev", automated=True), _follows(place, "stage", automated=False))
        yield place


@contextmanager
def opened(place: Place) -> Iterator[Place]:
    """Give `place` its namespaces and its account, and clear all of it away in the end."""
    try:
        place.apply(*(_namespace(place.namespace(one)) for one in ("dev", "stage")), *_access(place.prefix))
        kubeconfig(place.world, f"{place.prefix}-tagbump")
        yield place
    finally:
        clear(place.prefix)


def _follows(place: Place, environment: str, *, automated: bool) -> dict[str, Any]:
    """Return an Application as argocd/apps has them."""
    policy: dict[str, Any] = {"syncOptions": ["CreateNamespace=true"]}
    if automated:
        policy["automated"] = {"prune": True, "selfHeal": True}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"namespace": "argocd", "name": f"{place.prefix}-{environment}"},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": f"file://{place.world.remote}",
                "targetRevision": "main",
                "path": f"k8s/overlays/{environment}",
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": place.namespace(environment)},
            "syncPolicy": policy,
        },
    }


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _access(prefix: str) -> list[dict[str, Any]]:
    """Return what argocd/access renders to, for a place's environments instead of ours: the rights are the same."""

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if value == "tagbump":
            return f"{prefix}-tagbump"
        return value.replace("service-", f"{prefix}-") if isinstance(value, str) else value

    rendered = [renamed(one) for one in yaml.safe_load_all(kubectl("kustomize", str(ACCESS)))]
    return [one for one in rendered if not one["metadata"]["namespace"].endswith("-prod")]


def kubeconfig(world: World, account: str) -> Path:
    """Write a kubeconfig of a ServiceAccount in argocd, and have every command in `world` use it."""
    token = kubectl("create", "token", account, "--namespace", "argocd", "--duration", "2h").strip()
    found = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "--output", "json"))
    found["users"] = [{"name": "ci", "user": {"token": token}}]
    found["contexts"][0]["context"] = {"cluster": found["clusters"][0]["name"], "user": "ci"}
    config = world.root / "kubeconfig"
    config.write_text(json.dumps(found))
    world.env["KUBECONFIG"] = str(config)
    return config
