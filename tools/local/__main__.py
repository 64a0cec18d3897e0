"""python -m local up | down: a complete platform on this machine, on Docker and kind."""

import argparse
import shutil
import sys

from local import cluster, needs, platform, repository
from local.programs import KEPT, KUBECONFIG, Failed, run, say, show

NEXT = """
The platform is up.

  the service       http://service-dev.localtest.me:8080, service-stage, and service: once it is released
  Argo CD           http://localhost:8081  admin  {argocd}
  git               http://localhost:3000/platform/service  platform  {git}
  Prometheus        http://localhost:9090
  registry          {registry}

To build the first version, and deploy it to dev:

  export KUBECONFIG={kubeconfig}
  cd {checkout}
  docker pull python:3.11-slim-bookworm
  make image IMAGE={registry}/service:1.0.0 \\
    BASE_IMAGE="$(docker inspect --format '{{{{index .RepoDigests 0}}}}' python:3.11-slim-bookworm)"
  docker push {registry}/service:1.0.0
  pushed=$(docker inspect --format '{{{{index .RepoDigests 0}}}}' {registry}/service:1.0.0)
  {bin}/tagbump bump dev "{registry}/service:1.0.0@${{pushed#*@}}" --source "$(git rev-parse HEAD)"
  kubectl apply --kustomize argocd/bootstrap
  kubectl --namespace argocd wait --for create applications/service-dev --timeout 2m
  {bin}/tagbump wait dev --record --timeout 15m

Then promote: docs/reference/local.md.  `make down` takes everything away.\
"""


def main() -> int:
    """Do what is asked for and return the exit status: 0, 1 where it failed, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("what", choices=["up", "down"])
    what = parser.parse_args().what
    try:
        up() if what == "up" else down()
    except Failed as error:
        print(f"{what}: {error}".replace("\n", f"\n{what}: "), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{what}: interrupted; type the same again to go on", file=sys.stderr)
        return 130
    return 0


def up() -> None:
    """Bring the platform up. What is there already stays, so it may be ended and begun again anywhere."""
    needs.check("docker", "kind", "kubectl", "git")
    KEPT.mkdir(parents=True, exist_ok=True)
    cluster.begin_registry()
    cluster.begin()
    cluster.connect_registry()
    platform.install()
    platform.make_databases()
    repository.make()
    say(NEXT.format(
        argocd=repository.password("password", "argocd-initial-admin-secret", "argocd"), git=repository.password("git"),
        registry=cluster.HOST, kubeconfig=KUBECONFIG, checkout=repository.CHECKOUT, bin=sys.prefix + "/bin",
    ))  # fmt: skip


def down() -> None:
    """Take the platform away, and all that is in it: databases, images, the repository."""
    needs.check("docker", "kind")
    show("kind", "delete", "cluster", "--name", cluster.NAME, "--kubeconfig", str(KUBECONFIG))
    if run("docker", "inspect", cluster.REGISTRY, check=False).returncode == 0:
        run("docker", "rm", "--force", "--volumes", cluster.REGISTRY)
    shutil.rmtree(KEPT, ignore_errors=True)
    say("down: the platform is gone")


if __name__ == "__main__":
    sys.exit(main())
