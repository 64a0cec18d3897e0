"""What the platform takes on this machine. All that is missing is said at once, before anything is made."""

import re
import shutil
from typing import Final

from local.programs import Failed, run

PROGRAMS: Final = {
    "docker": "install Docker (https://docs.docker.com/get-docker/)",
    "kind": "install kind (https://kind.sigs.k8s.io/docs/user/quick-start/#installation)",
    "kubectl": "install kubectl (https://kubernetes.io/docs/tasks/tools/)",
    "git": "install git (https://git-scm.com/downloads)",
}
KIND: Final = (0, 30)
"""The first whose node image infra/local/kind.yaml names."""


def check(*programs: str) -> None:
    """Raise Failed where one of `programs` is missing, too old, or does not answer."""
    missing = [f"{name} is missing: {PROGRAMS[name]}" for name in programs if shutil.which(name) is None]
    here = {name for name in programs if shutil.which(name) is not None}
    if "docker" in here and run("docker", "info", check=False).returncode != 0:
        missing.append("docker does not answer: start Docker, and see that `docker info` works without sudo")
    if "kind" in here and (said := _old_kind()):
        missing.append(said)
    if missing:
        raise Failed("\n".join([*missing, "type the same again once that is mended"]))


def _old_kind() -> str:
    """Return what to do where kind is too old; empty where it is not."""
    said = run("kind", "version", check=False).stdout.strip()  # kind v0.30.0 go1.24.6 linux/amd64
    found = re.search(r"v(\d+)\.(\d+)", said)
    if found and (int(found[1]), int(found[2])) >= KIND:
        return ""
    return f"kind is {said or 'of no version that it tells'}, and v0.30 or newer is needed: {PROGRAMS['kind']}"
