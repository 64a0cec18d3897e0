"""A machine for `make up`, with programs in the place of docker, kind and kubectl that keep what they were told.

git is the real one: what is pushed is pushed, to a folder in the place of the git server.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PASSWORD = "s3cret-of-the-test"
AUTHOR = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false"]

# Each appends its words to `log`; files beside it are what is there. $1... are the words.
FAKES = {
    "docker": """
case "$*" in
  info) [ ! -e no-docker ] ;;
  "inspect --format {{json .NetworkSettings.Networks.kind}} "*) cat joined 2>/dev/null || echo null ;;
  "inspect --format {{.State.Running}} "*) cat registry ;;
  inspect*) [ -e registry ] ;;
  run*) echo true >registry ;;
  "start service-registry") echo true >registry ;;
  rm*) rm -f registry joined ;;
  network*) echo '{}' >joined ;;
  "exec --interactive"*) cat >hosts.toml ;;
esac""",
    "kind": """
case "$*" in
  version) cat kind-version 2>/dev/null || echo 'kind v0.30.0 go1.24.6 linux/amd64' ;;
  "get clusters") [ ! -e cluster ] || echo service ;;
  "get nodes"*) echo service-control-plane ;;
  "create cluster"*) touch cluster; [ ! -e killed ] ;;
  "delete cluster"*) rm -f cluster mark passwords ;;
esac""",
    "kubectl": f"""
case "$*" in
  *"get configmap local-registry-hosting"*) [ ! -e mark ] || echo it is there ;;
  "apply --filename -") cat >mark ;;
  *"get secret passwords --ignore-not-found") [ ! -e passwords ] || echo it is there ;;
  *"create secret generic passwords"*) cat >passwords ;;
  *"get secret"*"--output"*) printf %s '{base64.b64encode(PASSWORD.encode()).decode()}' ;;
  *"gitea admin user list") echo 'ID Username Email'; [ ! -e owner ] || echo '1 platform platform@localtest.me' ;;
  *"gitea admin user create"*) touch owner ;;
  *"exec --stdin deployment/postgresql"*) cat >psql ;;
  *) [ "$*" != "$(cat broken 2>/dev/null)" ] || {{ echo it is broken >&2; exit 1; }} ;;
esac""",
}


@dataclass
class Machine:
    """A small copy of this repository, the programs it finds, and what they have been told."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def remote(self) -> Path:
        return self.root / "remote.git"

    @property
    def checkout(self) -> Path:
        return self.root / "repository/build/local/service"

    def run(self, what: str) -> "subprocess.CompletedProcess[str]":
        address = f"http://platform:{PASSWORD}@localhost:3000/platform/service.git"
        env = {
            "PATH": str(self.root / "bin"),
            "PYTHONPATH": str(self.root / "repository/tools"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self.remote}.insteadOf",
            "GIT_CONFIG_VALUE_0": address,
        }
        command = [sys.executable, "-m", "local", what]
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)

    def told(self) -> list[str]:
        """Return what the programs were told since this was last asked."""
        log = self.state / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=cwd or self.remote, capture_output=True, text=True, check=True)
        return done.stdout.strip()


def make_machine(tmp_path: Path) -> Machine:
    """Make a machine that has all it takes, on which nothing was made."""
    found = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    found.state.mkdir()
    for name, words in FAKES.items():
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\ncd "{found.state}"\necho "{name} $*" >>log{words}\n')
        program.chmod(0o755)
    for name in ("git", "sh", "cat", "touch", "rm"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    found.git("init", "--quiet", "--bare", "--initial-branch=main", str(found.remote), cwd=tmp_path)
    repository = tmp_path / "repository"
    for folder in ("tools/local", "infra/local", "platform"):
        shutil.copytree(ROOT / folder, repository / folder, ignore=shutil.ignore_patterns("__pycache__"))
    _bring_upstream_here(repository / "infra/local/upstream.yaml", tmp_path / "upstream")
    found.git("init", "--quiet", "--initial-branch=main", ".", cwd=repository)
    (repository / ".gitignore").write_text("build/\n__pycache__/\n")
    found.git("add", ".", cwd=repository)
    found.git(*AUTHOR, "commit", "--quiet", "--message=feat: begin", cwd=repository)
    return found


def _bring_upstream_here(file: Path, folder: Path) -> None:
    """Have upstream.yaml name files of this machine, each with something in it."""
    content = yaml.safe_load(file.read_text())
    for part, wanted in content.items():
        (folder / part).mkdir(parents=True)
        for name in wanted["files"]:
            (folder / part / name).write_text(f"# {part} {name}\n")
            wanted["files"][name] = hashlib.sha256((folder / part / name).read_bytes()).hexdigest()
        wanted["from"] = f"file://{folder / part}/"
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def made(lines: list[str]) -> list[str]:
    """Return what was made, in its order: each part by its name."""
    making = {
        "docker run": "registry",
        "kind create": "cluster",
        "docker exec --interactive": "registry's name",
        "docker network connect": "registry's network",
        "exec --stdin deployment/postgresql": "databases",
        "create secret generic": "passwords",
        "gitea admin user create": "owner",
    }
    found = []
    for line in lines:
        if "--kustomize" in line:
            found.append(line.rpartition("/")[2])
        found += [name for words, name in making.items() if words in line]
    return found
