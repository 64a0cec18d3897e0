"""A GitOps repository as its users have it: a bare remote, written to by the real git, read back from it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tagbump import shapes

TAGBUMP = [sys.executable, "-m", "tagbump"]
REPOSITORY = "registry.example.com/service"
PUSHES = 5  # before somebody who merges a commit gives up

POLICY = """\
image: service
branch: main
environments:
  dev:   {overlay: k8s/overlays/dev}
  stage: {overlay: k8s/overlays/stage, from: dev, approval: required}
  prod:  {overlay: k8s/overlays/prod, from: stage, approval: four-eyes}
"""

OVERLAY = """\
# What differs in {name}.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../base
images: # written by tagbump alone
  - name: service
    newName: registry.example.com/service
    newTag: "{tag}"  # keep me
    digest: {digest}
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: service}
spec:
  selector: {matchLabels: {app: service}}
  template:
    metadata: {labels: {app: service}}
    spec:
      containers:
        - {name: service, image: service}
"""


def artifact(tag: str, *, repository: str = REPOSITORY, build: str = "") -> str:
    """Return an artifact whose digest follows from its tag, or from `build` where two builds share a tag."""
    seed = (build or tag).encode().hex()
    return f"{repository}:{tag}@sha256:{seed:0<64.64}"


def digest_of(tag: str) -> str:
    return artifact(tag).partition("@")[2]


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.stdout)
        return parsed

    @property
    def kind(self) -> str:
        return str(self.document["error"]["kind"])


@dataclass
class World:
    """A bare remote, a checkout from which people push to it, and the environment that commands run in."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def remote(self) -> Path:
        return self.root / "remote.git"

    @property
    def checkout(self) -> Path:
        return self.root / "checkout"

    def git(
        self, *arguments: str, cwd: Path | None = None, check: bool = True, env: Mapping[str, str] | None = None
    ) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.checkout, env={**self.env, **(env or {})},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise AssertionError(f"git {arguments}: {done.stderr}")
        return done.stdout

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self, subject: str, files: Mapping[str, str | bytes] | None = None, *, by: str = "Ada <ada@example.com>"
    ) -> str:
        """Commit `files` on the remote's main as `by`, and return the commit: what a merged change does."""
        name, _, address = by.rstrip(">").partition(" <")
        self.git("pull", "--quiet", "--rebase", check=False)
        self.write(files or {"src/app.py": f"# {subject}\n"})
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", address))
        }
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject, env=who)
        for _ in range(PUSHES):
            if self.git("push", "--porcelain", "origin", "HEAD:main", check=False).endswith("Done\n"):
                return self.git("rev-parse", "HEAD").strip()
            self.git("pull", "--quiet", "--rebase", env=who)  # somebody else was faster
        raise AssertionError(f"{PUSHES} pushes of {subject!r} were refused")

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, patience_s: float = 100
    ) -> Outcome:
        """Run tagbump in the checkout."""
        done = subprocess.run(
            [*TAGBUMP, *arguments], cwd=cwd or self.checkout, env={**self.env, **(env or {})},
            capture_output=True, text=True, check=False, timeout=patience_s,
        )  # fmt: skip
        shapes.check(arguments, done.returncode, done.stdout)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str, env: Mapping[str, str] | None = None) -> Outcome:
        return self.run(*arguments, "--json", env=env)

    def bump(self, tag: str, *more: str, environment: str = "dev") -> str:
        """Merge a source commit, bump its artifact, and return the source commit. It must succeed."""
        source = self.commit(f"feat: what makes {tag}")
        self.done("bump", environment, artifact(tag), "--source", source, *more)
        return source

    def done(self, *arguments: str) -> Outcome:
        """Run tagbump, which must succeed."""
        outcome = self.json(*arguments)
        assert outcome.code == 0, outcome
        return outcome

    def prove(self, environment: str, *, at: str | None = None, **changed: str) -> None:
        """Push the proof tag that `wait --record` would, `at` its release, with what is `changed` in it."""
        held = self.artifact(environment)
        release = self.git("rev-list", "-1", "main", "--", f"k8s/overlays/{environment}", cwd=self.remote).strip()
        released_at = self.git(
            "log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", release, cwd=self.remote,
            env={"TZ": "UTC"},
        ).strip()  # fmt: skip
        said = {
            "Environment": environment,
            "Artifact": held,
            "Release": release,
            "Checks": "readyz, version",
            "Recorded-at": at or released_at,
        }
        said |= {key.replace("_", "-"): value for key, value in changed.items() if key not in ("name", "target")}
        name = changed.get("name", f"proof/{environment}/{held.partition('sha256:')[2][:12]}")
        message = f"proof({environment})\n\n" + "\n".join(f"{key}: {value}" for key, value in said.items())
        self.git("fetch", "--quiet", "origin")
        self.git("tag", "--force", "--annotate", "--message", message, name, changed.get("target", release))
        self.git("push", "--quiet", "--force", "origin", f"refs/tags/{name}")

    def head(self) -> str:
        return self.git("rev-parse", "main", cwd=self.remote).strip()

    def log(self) -> list[str]:
        return self.git("log", "--format=%s", "main", cwd=self.remote).splitlines()

    def message(self, commit: str = "main") -> str:
        return self.git("log", "-1", "--format=%B", commit, cwd=self.remote).strip()

    def read(self, path: str, commit: str = "main") -> str:
        return self.git("show", f"{commit}:{path}", cwd=self.remote)

    def diff(self, commit: str = "main") -> list[str]:
        """Return the changed lines of a commit, as git shows them."""
        shown = self.git("show", "--format=", "--unified=0", commit, cwd=self.remote)
        return [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]

    def refs(self) -> str:
        return self.git("show-ref", cwd=self.remote, check=False)

    def artifact(self, environment: str) -> str:
        lines = [
            line.split("#")[0].strip()
            for line in self.read(f"k8s/overlays/{environment}/kustomization.yaml").splitlines()
        ]
        values = {key.strip("- "): value.strip(" \"'") for key, _, value in (line.partition(":") for line in lines)}
        return f"{values['newName']}:{values['newTag']}@{values['digest']}"


def join_world(one: World, root: Path) -> World:
    """Return `one` as somebody else has it: its remote, with a checkout, a home and a cache of their own in `root`."""
    root.mkdir()
    (root / "remote.git").symlink_to(one.remote)
    shutil.copytree(one.root / "home", root / "home")
    home = {"HOME": str(root / "home"), "XDG_CACHE_HOME": str(root / "cache")}
    world = World(root, {**one.env, **home})
    world.git("clone", "--quiet", str(one.remote), str(world.checkout), cwd=root)
    return world


def seed_files(policy: str = POLICY, tags: Mapping[str, str] | None = None) -> dict[str, str | bytes]:
    """Return the files of a repository in which each environment of `tags` has the artifact of that tag."""
    tags = tags or dict.fromkeys(("dev", "stage", "prod"), "1.0.0")
    overlays = {
        f"k8s/overlays/{name}/kustomization.yaml": OVERLAY.format(name=name, tag=tag, digest=digest_of(tag))
        for name, tag in tags.items()
    }
    base = "resources:\n  - deployment.yaml\n"
    return {
        "tagbump.yaml": policy,
        "k8s/base/kustomization.yaml": base,
        "k8s/base/deployment.yaml": DEPLOYMENT,
        **overlays,
    }


def make_world(root: Path, policy: str = POLICY, files: Mapping[str, str | bytes] | None = None) -> World:
    """Make a remote in `root` whose main has `files`, by default those of `seed_files(policy)`."""
    passed = ("PATH", "PYTHONPATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
    keep = {key: os.environ[key] for key in passed if key in os.environ}
    (root / "home").mkdir(parents=True)
    (root / "home" / ".gitconfig").write_text(
        "[user]\n\tname = Release Bot\n\temail = bot@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    home = {"HOME": str(root / "home"), "XDG_CACHE_HOME": str(root / "cache")}
    world = World(root, {**keep, **home, "GIT_CONFIG_NOSYSTEM": "1"})
    world.git("init", "--quiet", "--bare", str(world.remote), cwd=root)
    world.git("config", "uploadpack.allowFilter", "true", cwd=world.remote)  # as on every server that people use
    world.git("clone", "--quiet", str(world.remote), str(world.checkout), cwd=root)
    world.write(files if files is not None else seed_files(policy))
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "chore: begin")
    world.git("push", "--quiet", "--set-upstream", "origin", "HEAD:main")
    return world


def copy_world(template: World, root: Path) -> World:
    """Return a copy of `template` in `root`: a world of its own, at a tenth of the price of making one."""
    shutil.copytree(template.root, root, dirs_exist_ok=True)
    moved = {key: value.replace(str(template.root), str(root)) for key, value in template.env.items()}
    world = World(root, moved)
    config = world.checkout / ".git" / "config"
    config.write_text(config.read_text().replace(str(template.root), str(root)))
    return world
