"""The targets of jenkins/pipeline.mk, where make itself does the work."""

import os
import subprocess
from pathlib import Path

from tests.pipeline.checkouts import ROOT
from tests.pipeline.scratch import Repository

INSTALLED = ("pyproject.toml", "README.md", "LICENSE", "requirements/tagbump.txt", "tools/tagbump/cli.py")
NOISY = """\
#!/bin/sh
echo "installing"
mkdir -p build/tagbump/bin && cp "$0" build/tagbump/bin/pip
"""


def make(*words: str, cwd: Path = ROOT, **env: str) -> "subprocess.CompletedProcess[str]":
    known = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "SONAR_"))}
    return subprocess.run(
        ["make", "--silent", *words], cwd=cwd, env={**known, **env}, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_the_agents_image_has_what_tagbump_is_installed_from() -> None:
    locks = [(ROOT / name).read_bytes() for name in ("jenkins/agent/tagbump.txt", "requirements/tagbump.txt")]

    assert locks[0] == locks[1], "make locks writes both"


def test_sonar_says_at_once_that_it_does_not_know_which_server() -> None:
    done = make("sonar")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sonar: SONAR_HOST_URL is not set")


def test_what_installs_tagbump_says_nothing_that_could_be_taken_for_a_result(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    released = repository.commit(dict.fromkeys(INSTALLED, "x\n"))
    targets = (ROOT / "jenkins/pipeline.mk").read_text(encoding="utf-8")
    repository.commit({"Makefile": targets, "jenkins/tagbump": f"# which\n{released}\n"})
    python = tmp_path / "python"
    python.write_text(NOISY)
    python.chmod(0o755)

    done = make("pinned-tagbump", f"PYTHON={python}", cwd=repository.folder)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "installing" in done.stderr
    assert (repository.folder / "build/tagbump" / released).exists()
