"""Argo CD's API, asked as a named account by Argo CD's own command line."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROLLOUT = ("--group", "argoproj.io", "--kind", "Rollout", "--resource-name", "service")


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def denied(self) -> bool:
        """Whether the server said that this account may not."""
        return self.code != 0 and "PermissionDenied" in self.stderr

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.stdout)
        return found


@dataclass(frozen=True)
class Account:
    """Somebody who has signed in, or holds a token. `config` is where the command line keeps which."""

    name: str
    config: Path
    token: str = ""

    def ask(self, *arguments: str, check: bool = False) -> Answer:
        """Run argocd as this account. With `check` it has to succeed."""
        # Without TLS, as behind an ingress that ends it; ARGOCD_OPTS says otherwise.
        env = {**os.environ, "ARGOCD_OPTS": os.environ.get("ARGOCD_OPTS", "--plaintext")}
        env["ARGOCD_AUTH_TOKEN"] = self.token
        done = subprocess.run(
            ["argocd", "--config", str(self.config), *arguments],
            env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0 or not check, (self.name, arguments, done.stderr)
        return Answer(done.returncode, done.stdout, done.stderr)

    def sync(self, application: str, *more: str) -> Answer:
        """What a click on Sync does."""
        return self.ask("app", "sync", application, "--async", *more)

    def act(self, application: str, action: str) -> Answer:
        """What a click on `action` in the menu of the Rollout does."""
        return self.ask("app", "actions", "run", application, action, *ROLLOUT)

    def can(self, action: str, resource: str, place: str) -> bool:
        """What the server says to whether this account may."""
        said = self.ask("account", "can-i", action, resource, place, check=True).stdout.strip()
        assert said in {"yes", "no"}, said
        return said == "yes"


def missing() -> str:
    """Return what there has to be to ask Argo CD's API, and is not; empty where nothing is."""
    for name in ("ARGOCD_SERVER", "ARGOCD_PASSWORD"):
        if name not in os.environ:
            return f"{name} is not set"
    return "" if shutil.which("argocd") else "not on the PATH: argocd"


def sign_in(config: Path, name: str, password: str) -> Account:
    """Sign in with a password, and keep the session in `config`."""
    account = Account(name, config)
    account.ask("login", os.environ["ARGOCD_SERVER"], "--username", name, "--password", password, check=True)
    return account
