"""A cluster with Argo CD and Argo Rollouts, and an environment of its own in it for each test.

Which cluster, in this order: that of KUBECONFIG; one that `up` and `env` in E2E_CLUSTER start and describe, by default
those beside this repository, where there are any. It has to pull from REGISTRY, and its repo server has to see the
folders of this machine (E2E_REMOTES names one that it sees under the same path). What is missing is told, and left out.

The whole platform wants more of it: BASE_IMAGE and a Docker daemon for our own Dockerfile, DATABASE_HOST for a
PostgreSQL that pods reach, INGRESS for the load balancer, ARGOCD_SERVER and ARGOCD_PASSWORD for Argo CD's API, and
CLUSTER_HOME for the file secrets.json from which its External Secrets take the databases' addresses.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.e2e import argo
from tests.e2e.builds import Builds
from tests.e2e.images import Images, build
from tests.e2e.places import Place, clear_old, kubectl, made
from tests.e2e.platform import Platform, platform
from tests.e2e.programs import Programs
from tests.e2e.proxies import Proxy
from tests.tagbump.waiting import Begin, Waiting

ROOT = Path(__file__).parents[2]
PLACES = {"test_registry.py", "test_status.py", "test_wait.py"}  # an environment of its own for each test
SECONDS = 420  # for a test: pods start in seconds, Argo CD looks every few


class OnePlatform(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives one worker all the tests on the whole platform, in the order they stand, and others the rest of them."""

    def _split_scope(self, nodeid: str) -> str:
        # Not by xdist's own groups: pytest 9.2 does not take the names that they give to tests.
        module = nodeid.partition("::")[0].rpartition("/")[2]
        return nodeid if module in PLACES else "platform"


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OnePlatform:
    return OnePlatform(config, log)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: asks a real cluster; left out unless tests/e2e is named")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = any("e2e" in Path(argument.split("::")[0]).parts for argument in config.args)
    left_out = pytest.mark.skip(reason="left out: asks a real cluster; make e2e runs it")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SECONDS))
            if not asked:
                item.add_marker(left_out)


@cache
def missing() -> str:
    """Find a cluster, and set the environment to it. Return what is missing; empty where nothing is."""
    folder = Path(os.environ.get("E2E_CLUSTER", ROOT.parent / "shared" / "cluster"))
    if "KUBECONFIG" not in os.environ and (folder / "up").is_file():
        said = subprocess.run([folder / "up"], capture_output=True, text=True, check=False)
        if said.returncode != 0:
            return f"{folder / 'up'} failed: {said.stderr.strip()[-500:]}"
        _take_over(subprocess.run([folder / "env"], capture_output=True, text=True, check=True).stdout)
    for name in ("KUBECONFIG", "REGISTRY"):
        if name not in os.environ:
            return f"{name} is not set"
    lacking = [program for program in ("kubectl", "cc") if shutil.which(program) is None]
    return f"not on the PATH: {', '.join(lacking)}" if lacking else ""


def _take_over(exports: str) -> None:
    """Set what `env` prints: lines like `export NAME=VALUE`, `$PATH` in it meaning ours."""
    for line in exports.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        os.environ[name] = shlex.split(value.replace("$PATH", os.environ["PATH"]) or "''")[0]


@pytest.fixture(scope="session")
def cluster() -> str:
    """The address of a cluster's API server. What a killed run left there is cleared away."""
    if lack := missing():
        pytest.skip(f"left out: no cluster to ask: {lack}")
    clear_old()
    return kubectl("config", "view", "--minify", "--output", "jsonpath={.clusters[0].cluster.server}")


@pytest.fixture(scope="session")
def images(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Images:
    """What can be deployed: good builds, and bad ones."""
    assert cluster
    return Images(os.environ["REGISTRY"], build(tmp_path_factory.mktemp("service")))


@pytest.fixture
def registry_here(images: Images) -> Iterator[str]:
    """The registry under a name of this machine: without TLS, nothing but that is asked."""
    host, _, port = images.registry.partition(":")
    proxy = Proxy((host, int(port or "80")))
    yield f"localhost:{proxy.port}"
    proxy.close()


@pytest.fixture
def remotes() -> Iterator[Path]:
    """A folder for repositories, which Argo CD sees too."""
    folder = Path(mkdtemp(prefix="e2e-", dir=os.environ.get("E2E_REMOTES")))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def place(cluster: str, images: Images, remotes: Path) -> Iterator[Place]:
    """dev, which deploys by itself, and stage, which a person syncs and resumes: both at 1.0.0, dev deployed."""
    assert cluster
    with made(remotes, images) as found:
        yield found


@pytest.fixture(scope="session")
def builds(cluster: str) -> Builds:
    """Builds of our own service, this checkout's pushed already. E2E_DOCKER is found as E2E_CLUSTER is."""
    assert cluster
    folder = Path(os.environ.get("E2E_DOCKER", ROOT.parent / "shared" / "docker"))
    if "BASE_IMAGE" not in os.environ and (folder / "up").is_file():
        _take_over(subprocess.run([folder / "up"], capture_output=True, text=True, check=True).stdout)
    for name in ("BASE_IMAGE", "DATABASE_HOST", "INGRESS", "CLUSTER_HOME"):
        if name not in os.environ:
            pytest.skip(f"left out: {name} is not set, and our own service is built, run or asked with it")
    if lack := argo.missing():
        pytest.skip(f"left out: {lack}, and releases are approved there")
    found = Builds(os.environ["REGISTRY"], os.environ["BASE_IMAGE"])
    found.begin()
    return found


@pytest.fixture(scope="session")
def whole(builds: Builds) -> Iterator[Platform]:
    """The platform, with 1.0.0 live and proven everywhere: one for all tests that use it, in the order they stand."""
    folder = Path(mkdtemp(prefix="e2e-", dir=os.environ.get("E2E_REMOTES")))
    folder.chmod(0o755)
    with platform(folder, builds) as found:
        yield found
    shutil.rmtree(folder)


@pytest.fixture
def programs(cluster: str) -> Programs:
    """The cluster's own programs, where they run on this machine."""
    assert cluster
    folder = Path(os.environ.get("CLUSTER_HOME", "")) / "run"
    if not (folder / "apiserver.pid").is_file():
        pytest.skip("left out: it stops programs of the cluster, and those of this one are out of reach")
    return Programs(folder)


@pytest.fixture
def waiting(place: Place) -> Iterator[Begin]:
    """Begins to wait, and stops when the test is over."""
    begun: list[Waiting] = []

    def begin(*arguments: str) -> Waiting:
        begun.append(Waiting(place.world, *arguments))
        return begun[-1]

    yield begin
    for run in begun:
        run.stop()
