"""On a real SonarQube: the gate gets there, this repository passes it, and a planted bug does not.

SONAR_HOST_URL and SONAR_TOKEN name the server, and somebody who may administer gates and make projects. Only projects
that begin with service-test- are made, and deleted again; the gate itself stays as gate.yaml says.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sonar.__main__ import main, server
from sonar.gate import Change
from tests.sonar.projects import COVERAGE, ROOT, copy_of_this, plant

pytestmark = pytest.mark.sonarqube
PYSONAR = Path(os.environ.get("PYSONAR", ROOT / "build/sonar/venv/bin/pysonar"))


@pytest.fixture(scope="module", autouse=True)
def gate() -> None:
    assert main([], os.environ) == 0


@pytest.fixture
def project() -> Iterator[str]:
    key = f"service-test-{uuid4().hex[:12]}"
    yield key
    server(os.environ).carry_out(Change("clear away", "api/projects/delete", (("project", key),)))


def analyse(folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    """Do what `make sonar` does, in `folder`, as the project `key`."""
    if not PYSONAR.is_file():
        pytest.skip(f"left out: no {PYSONAR}: `make sonar` gets it")
    return subprocess.run(
        [PYSONAR, "--skip-jre-provisioning", f"-Dsonar.projectKey={key}", f"-Dsonar.projectName={key}"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def failing(key: str) -> dict[str, str]:
    """The conditions that the project fails, with what it has."""
    status: Any = server(os.environ).ask("api/qualitygates/project_status", projectKey=key)
    return {
        one["metricKey"]: one["actualValue"] for one in status["projectStatus"]["conditions"] if one["status"] != "OK"
    }


def test_a_second_run_finds_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([], os.environ)

    assert code == 0
    assert capsys.readouterr().out == "gate service:\n  nothing to do\n"


def test_this_repository_passes_the_gate(tmp_path: Path, project: str) -> None:
    if not COVERAGE.is_file():
        pytest.skip(f"left out: no {COVERAGE}: `make test` measures it")

    done = analyse(copy_of_this(tmp_path), project)

    assert failing(project) == {}
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_planted_bug_does_not_pass(tmp_path: Path, project: str) -> None:
    folder = copy_of_this(tmp_path)
    name = plant(folder)

    done = analyse(folder, project)

    found: Any = server(os.environ).ask("api/issues/search", components=f"{project}:{name}")
    assert done.returncode != 0
    assert "QUALITY GATE STATUS: FAILED" in done.stdout + done.stderr
    assert {"blocker_violations", "reliability_rating"} <= set(failing(project))
    assert [(one["severity"], one["type"]) for one in found["issues"] if one["rule"] == "python:S930"] == [
        ("BLOCKER", "BUG")
    ]
