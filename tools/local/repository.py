"""The repository that the platform is deployed from: this one, with the values of the local platform, on Gitea."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml

from local.programs import KEPT, ROOM, ROOT, Failed, run, say

CHECKOUT: Final = KEPT / "service"
OWNER: Final = "platform"  # as in infra/local/platform.yaml
SUBJECT: Final = "chore(platform): take the values of the local platform"
PLATFORM: Final = "platform/platform.yaml"


def make() -> None:
    """Have the repository, and a checkout of it under build/local/service. What is there already stays as it is."""
    address = f"http://{OWNER}:{password('git')}@localhost:3000/{OWNER}/service.git"
    _make_owner()
    there = bool(run("git", "ls-remote", address, "refs/heads/main").stdout.strip())
    if not CHECKOUT.exists():
        say(f"up: making {CHECKOUT}")
        _replace(lambda folder: run("git", "clone", "--quiet", address, str(folder)) if there else _begin(folder))
    # With the password in it: what else reads the address has no other way to it. It is this cluster's alone.
    run("git", "-C", str(CHECKOUT), "config", "remote.origin.url", address)
    if not there:
        say("up: pushing it to the git server")
        run("git", "-C", str(CHECKOUT), "push", "--quiet", "--set-upstream", "origin", "main")


def password(name: str, secret: str = "passwords", namespace: str = "stand-ins") -> str:  # noqa: S107 - its name
    """Return what the cluster keeps under `name` in a Secret."""
    form = f"jsonpath={{.data.{name}}}"
    said = run("kubectl", "--namespace", namespace, "get", "secret", secret, "--output", form).stdout
    return base64.b64decode(said).decode()


def _make_owner() -> None:
    gitea = ("kubectl", "--namespace", "stand-ins", "exec", "deployment/git", "--", "gitea", "admin", "user")
    owners = [line.split()[1] for line in run(*gitea, "list").stdout.splitlines() if len(line.split()) > 1]
    if OWNER not in owners:
        run(*gitea, "create", "--admin", "--username", OWNER, "--email", f"{OWNER}@localtest.me",
            "--password", password("git"), "--must-change-password=false")  # fmt: skip


def _begin(folder: Path) -> None:
    """Make a checkout whose main is HEAD of this repository, and one commit on top."""
    git = ("git", "-C", str(folder))
    run("git", "init", "--quiet", "--initial-branch", "main", str(folder))
    run(*git, "fetch", "--quiet", str(ROOT), "HEAD")
    run(*git, "reset", "--quiet", "--hard", "FETCH_HEAD")
    if run(*git, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise Failed("this clone is shallow, and cannot be pushed: git fetch --unshallow")
    file = folder / PLATFORM
    content = yaml.safe_load(file.read_text())
    content["data"] |= yaml.safe_load((ROOM / "platform.yaml").read_text())
    file.write_text(yaml.safe_dump(content, sort_keys=False, width=1000))
    run(*git, "-c", "user.name=make up", "-c", f"user.email={OWNER}@localtest.me", "-c", "commit.gpgSign=false",
        "commit", "--quiet", "--message", SUBJECT, PLATFORM)  # fmt: skip
    run(*git, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")


def _replace(fill: Callable[[Path], object]) -> None:
    """Have `fill` make the checkout. Half of one, of a run that was ended, never stands in its place."""
    beside = CHECKOUT.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(CHECKOUT, ignore_errors=True)
    fill(beside)
    beside.rename(CHECKOUT)
