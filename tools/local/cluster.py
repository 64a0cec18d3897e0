"""The registry and the cluster, each made where it is not there: the way that kind documents for a local registry."""

import time
from typing import Final

import yaml

from local.programs import KUBECONFIG, ROOM, Failed, run, say, show

NAME: Final = "service"  # as in infra/local/kind.yaml
REGISTRY: Final = "service-registry"
REGISTRY_IMAGE: Final = "registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e"
HOST: Final = "localhost:5001"
"""The registry's name in artifacts: this machine reaches it there, and nodes are told where that is."""
MARK: Final = "local-registry-hosting"
"""A ConfigMap by which other tools find the registry (KEP-1755); here it says too that the cluster was made whole."""
PATIENCE_S: Final = 90  # by feel: for an API server whose node was just started


def begin_registry() -> None:
    """Have the registry run."""
    state = run("docker", "inspect", "--format", "{{.State.Running}}", REGISTRY, check=False)
    if state.returncode != 0:
        say(f"up: starting a registry at {HOST}")
        show("docker", "run", "--detach", "--restart", "unless-stopped", "--publish", "127.0.0.1:5001:5000",
             "--network", "bridge", "--name", REGISTRY, REGISTRY_IMAGE)  # fmt: skip
    elif state.stdout.strip() != "true":
        run("docker", "start", REGISTRY)


def begin() -> None:
    """Have the cluster run, and its kubeconfig at hand. One that was never finished is made anew: it is empty."""
    if NAME in run("kind", "get", "clusters").stdout.split():
        run("docker", "start", *_nodes())  # does nothing where they run; Docker does not after every restart
        run("kind", "export", "kubeconfig", "--name", NAME, "--kubeconfig", str(KUBECONFIG))
        _await_answer()
        if run("kubectl", "--namespace", "kube-public", "get", "configmap", MARK, "--ignore-not-found").stdout.strip():
            say("up: the cluster is there")
            return
        say("up: a cluster was begun and not finished: making it anew")
        show("kind", "delete", "cluster", "--name", NAME, "--kubeconfig", str(KUBECONFIG))
    say("up: making the cluster (a minute or two, and the download of its node's image)")
    show("kind", "create", "cluster", "--config", str(ROOM / "kind.yaml"), "--kubeconfig", str(KUBECONFIG),
         "--wait", "120s")  # fmt: skip
    _mark()


def connect_registry() -> None:
    """Tell each node that localhost:5001 is the registry, and let it be reached."""
    for node in _nodes():
        folder = f"/etc/containerd/certs.d/{HOST}"
        run("docker", "exec", node, "mkdir", "-p", folder)
        hosts = f'[host."http://{REGISTRY}:5000"]\n'
        run("docker", "exec", "--interactive", node, "cp", "/dev/stdin", f"{folder}/hosts.toml", given=hosts)
    joined = run("docker", "inspect", "--format", "{{json .NetworkSettings.Networks.kind}}", REGISTRY).stdout.strip()
    if joined in ("", "null"):
        run("docker", "network", "connect", "kind", REGISTRY)


def _nodes() -> list[str]:
    return run("kind", "get", "nodes", "--name", NAME).stdout.split()


def _await_answer() -> None:
    end = time.monotonic() + PATIENCE_S
    while run("kubectl", "get", "--raw", "/readyz", check=False).returncode != 0:
        if time.monotonic() > end:
            raise Failed(
                f"the cluster {NAME} is there, and its API server does not answer: if it was being made when"
                " `make up` was ended, or Docker has lost it, `make down` and `make up` make it anew"
            )
        time.sleep(2)


def _mark() -> None:
    """Say that the cluster is whole: the last thing that is done to a new one."""
    hosting = yaml.safe_dump({"host": HOST, "help": "https://kind.sigs.k8s.io/docs/user/local-registry/"})
    mark = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": MARK, "namespace": "kube-public"},
        "data": {"localRegistryHosting.v1": hosting},
    }
    run("kubectl", "apply", "--filename", "-", given=yaml.safe_dump(mark))
