"""A git repository to build from, and Jenkinsfiles small enough to show one thing each."""

import os
import subprocess
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.pipeline.runner import groovy
from tests.pipeline.runner.job import Job

needs_groovy = pytest.mark.skipif(bool(groovy.missing()), reason=groovy.missing())

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
}  # fmt: skip


class Repository:
    """A repository with a work tree, in which branches are committed to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch", "main")

    @classmethod
    def at(cls, folder: str) -> "Repository":
        """One that is there already."""
        found = cls.__new__(cls)
        found.folder = Path(folder)
        return found

    def commit(self, files: dict[str, str], branch: str = "main") -> str:
        """Write the files on the branch, and return the commit."""
        there = self._git("rev-parse", "--quiet", "--verify", branch, check=False)
        if there or self._git("rev-parse", "--quiet", "--verify", "HEAD", check=False):
            self._git("checkout", "--quiet", *([] if there else ["-b"]), branch)
        for name, content in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "feat: change something")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str, check: bool = True) -> str:
        said = subprocess.run(
            ["git", *words], cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, check=check
        )
        return said.stdout.strip()


def steps(body: str, agent: str = "any") -> str:
    """A Jenkinsfile with one stage, `Only`, of these steps."""
    stage = f"agent {agent}\noptions {{ skipDefaultCheckout() }}\nsteps {{\n{indent(dedent(body), '    ')}\n}}"
    return pipeline(f"stage('Only') {{\n{indent(stage, '    ')}\n}}")


def pipeline(stages: str, more: str = "", below: str = "") -> str:
    """A Jenkinsfile of these stages, without an agent for all of them."""
    inner = f"agent none\n{dedent(more)}\nstages {{\n{indent(dedent(stages), '    ')}\n}}"
    return f"pipeline {{\n{indent(inner, '    ')}\n}}\n{dedent(below)}"


def job(folder: Path, jenkinsfile: str = "", **settings: object) -> tuple[Job, str]:
    """A job on a new repository, and the commit in it. `settings` are those of Job."""
    repository = Repository(folder / "repository")
    commit = repository.commit({"Jenkinsfile": jenkinsfile, "a.txt": "a\n"})
    given = {"folder": folder, "remote": str(repository.folder), "env": ENVIRONMENT} | settings
    return Job(**given), commit  # type: ignore[arg-type]
