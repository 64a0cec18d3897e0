"""The pipeline on the platform of the end-to-end tests: left out unless tests/pipeline/stories is named.

What is missing is told by its name, and the stories that need it are left out; a run that leaves all of them out fails.
It takes:

- what tests/e2e takes, whole platform and all (the head of tests/e2e/conftest.py): KUBECONFIG and REGISTRY, BASE_IMAGE
  and a Docker daemon, DATABASE_HOST, INGRESS, ARGOCD_SERVER and ARGOCD_PASSWORD, CLUSTER_HOME; on the PATH kubectl,
  argocd, docker, and cc, as that cluster is not taken without;
- groovy 2.4, which is Jenkins' own, and a Java that runs it: in Debian groovy and default-jre-headless;
- buildah and skopeo, as Debian packages them;
- Trivy, which make trivy puts beside Python, and Go, which make manifests takes too;
- E2E_TRIVY, a folder with a Go program and advisories.json. `go run . FOLDER`, with advisories.json on its standard
  input, writes a database for Trivy to FOLDER/db, in which Debian's zlib has the critical CVE-2099-0001. By default
  ../shared/trivy beside this repository;
- for the stories that are about SonarQube: SONAR_HOST_URL, and SONAR_TOKEN of somebody who may administer quality
  gates, create projects and analyse. Or E2E_SONARQUBE, a folder whose program `up` starts a server and prints both as
  `export NAME=VALUE`. By default ../shared/sonarqube.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

import pytest

from sonar.__main__ import main
from tests.e2e.builds import ROOT, Builds
from tests.e2e.conftest import builds, cluster, take_over
from tests.pipeline.runner import groovy
from tests.pipeline.stories.delivery import EVIDENCE, Delivery, delivery, trivy_with_findings

__all__ = ["builds", "cluster"]
SECONDS = 1800  # for a story: it has a canary in each environment


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = _asked(config)
    left_out = pytest.mark.skip(reason="left out: delivers to a real cluster; make pipeline runs it")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(SECONDS))
            if not asked:
                item.add_marker(left_out)


def pytest_sessionstart(session: pytest.Session) -> None:
    if _asked(session.config):
        shutil.rmtree(EVIDENCE, ignore_errors=True)  # of another run


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that was asked for stories and tried none is no success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    tried = reporter is None or any(reporter.stats.get(outcome) for outcome in ("passed", "failed", "error"))
    if _asked(session.config) and not session.config.option.collectonly and not tried:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def _asked(config: pytest.Config) -> bool:
    """Say whether the stories, or some of them, were named."""
    return any("stories" in Path(argument.split("::")[0]).parts for argument in config.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show for each build of each story what its stages did, what was real and how long it took."""
    for file in sorted(EVIDENCE.glob("*/stages-*.md"), key=lambda one: int(one.stem.partition("-")[2])):
        name = f"{file.parent.name}, #{file.stem.partition('-')[2]}"
        terminalreporter.write_line(f"\n{name}\n\n{file.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def trivy(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment in which the real Trivy has findings."""
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.prefix, 'bin')}"
    missing = [name for name in ("trivy", "buildah", "skopeo") if shutil.which(name, path=path) is None]
    if lack := groovy.missing() or ", ".join(missing):
        pytest.skip(f"left out: not on this machine: {lack}")
    found = trivy_with_findings(tmp_path_factory.mktemp("trivy"))
    if not found:
        pytest.skip("left out: E2E_TRIVY names nothing that makes a database of findings for Trivy")
    return {**found, "PATH": path}


@pytest.fixture(scope="session")
def sonarqube() -> str:
    """The address of a real SonarQube with our gate: that of SONAR_HOST_URL, or one that E2E_SONARQUBE starts."""
    folder = Path(os.environ.get("E2E_SONARQUBE", ROOT.parent / "shared/sonarqube"))
    if "SONAR_HOST_URL" not in os.environ and (folder / "up").is_file():
        take_over(subprocess.run([folder / "up"], capture_output=True, text=True, check=True).stdout)
    for name in ("SONAR_HOST_URL", "SONAR_TOKEN"):
        if name not in os.environ:
            pytest.skip(f"left out: {name} is not set, and a real SonarQube is asked")
    assert main([], os.environ) == 0
    return os.environ["SONAR_HOST_URL"]


@pytest.fixture(scope="session")
def installed(builds: Builds, trivy: Mapping[str, str]) -> Iterator[Delivery]:
    """The repository, the platform and the job, with 1.0.0 live everywhere: one for all stories."""
    folder = Path(mkdtemp(prefix="pipeline-", dir=os.environ.get("E2E_REMOTES")))
    folder.chmod(0o755)
    with delivery(folder, builds, trivy) as found:
        yield found
    shutil.rmtree(folder)


@pytest.fixture
def road(installed: Delivery, request: pytest.FixtureRequest) -> Iterator[Delivery]:
    """The same, for one story, which leaves its evidence however it ends."""
    with installed.story(request.node.name.removeprefix("test_")):
        yield installed
