"""A small repository as the pipeline has it, and checkouts of it as Jenkins makes them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.job import Job
from tests.tagbump.world import World, artifact, make_world, seed_files

ROOT: Final = Path(__file__).parents[2]
REPOSITORY: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/service"

PLATFORM: Final = """\
data:
  repository: https://git.example.com/platform/service.git
  account: "123456789012"
  region: eu-west-1
  mail-to: releases@example.com
"""
DOCKERFILE: Final = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ARG SOURCE_COMMIT=unknown
ARG SOURCE_URL=unknown
LABEL org.opencontainers.image.revision="${SOURCE_COMMIT}" org.opencontainers.image.source="${SOURCE_URL}"
COPY service service
"""
FILES: Final[Mapping[str, str | bytes]] = {
    "platform/platform.yaml": PLATFORM,
    ".dockerignore": "# What goes in:\n*\n!service\nservice/Dockerfile\n",
    ".gitignore": "build/\n",
    "service/Dockerfile": DOCKERFILE,
    "service/app.py": "print('hello')\n",
    "README.md": "# A service\n",
}


@dataclass
class Told:
    """What a verb has told."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, words: str) -> None:
        self.lines.append(words)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def make_repository(root: Path) -> World:
    """Make a remote in `root` whose main has the small service; dev, stage and prod have 1.0.0."""
    return make_world(root, files={**seed_files(), **FILES})


def release(world: World, tag: str, source: str) -> str:
    """Have tagbump give dev the artifact of `tag`, built from `source`; return the commit on main."""
    world.done("bump", "dev", artifact(tag), "--source", source)
    return world.head()


def check_out(world: World, commit: str, folder: Path, *, branch: str = "main", depth: int | None = None) -> Path:
    """Check `commit` out into `folder` as Jenkins does: the one branch is fetched, and none is checked out."""
    folder.mkdir(parents=True)
    shallow = [f"--depth={depth}"] if depth else []
    world.git("init", "--quiet", cwd=folder)
    world.git("remote", "add", "origin", f"file://{world.remote}", cwd=folder)
    wanted = f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
    world.git("fetch", "--quiet", "--no-tags", *shallow, "origin", wanted, cwd=folder)
    world.git("checkout", "--quiet", "--force", commit, cwd=folder)
    return folder


def job(world: World, root: Path, told: Told | None = None, **env: str) -> Job:
    """Return a build in `root`: of main, with `env` besides. It pauses for no time at all."""
    (root / "build/pipeline").mkdir(parents=True, exist_ok=True)
    return Job(root, {**world.env, "BRANCH_NAME": "main", **env}, told or Told(), pause=lambda _: None)


def run(root: Path, env: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a verb as make does."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words], cwd=root, capture_output=True, text=True, check=False, timeout=100,
        env={**env, "PYTHONPATH": os.pathsep.join([str(ROOT / "tools"), env.get("PYTHONPATH", "")])},
    )  # fmt: skip


def tagbump(program: Path) -> Path:
    """Write `program`, a tagbump to be run by its path as a released one is, and return it."""
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT / "tools"}:$PYTHONPATH" exec "{sys.executable}" -m tagbump "$@"\n'
    )
    program.chmod(0o755)
    return program
