"""A cluster with Argo CD and Argo Rollouts; in it the whole platform, and environments of their own for some tests.

Which cluster, in this order: that of KUBECONFIG; one that `up` and `env` in E2E_CLUSTER start and describe, by default
those beside this repository, where there are any. It has to pull from REGISTRY, and its repo server has to see the
folders of this machine (E2E_REMOTES names one that it sees under the same path). What is missing is told, and left out:
test_admission, test_status, test_wait and test_registry take no more than that, and kubectl and cc.

The whole platform wants more, which a cluster that was made for tests has, and one on kind or EKS has to be given:

- BASE_IMAGE and a Docker daemon for our own Dockerfile, or `up` in E2E_DOCKER that starts one and says both;
- DATABASE_HOST, a PostgreSQL that pods reach, with TLS, where postgres:postgres may make databases;
- CLUSTER_HOME, with the file secrets.json from which its External Secrets take the databases' addresses;
- INGRESS, the address of a load balancer that does as the annotations of an ALB say;
- E2E_DNS, the resolver's address, where it is no pod;
- ARGOCD_SERVER and ARGOCD_PASSWORD for Argo CD's API; the program argocd, which is its notifications controller too;
- gpg, and setpriv of util-linux;
- PROMETHEUS, the address which the analyses ask, for the test in which it disappears.

E2E_KEEP=1 leaves the platform there to be looked at. E2E_RESTARTS says how often test_restarts restarts all pods.
"""

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.e2e import argo
from tests.e2e.builds import Builds
from tests.e2e.images import Images, build
from tests.e2e.installing import POLICY, begin, end, first_releases, join
from tests.e2e.places import Place, clear_old, kubectl, made
from tests.e2e.platform import EVIDENCE, Platform
from tests.e2e.programs import Programs, programs_here
from tests.e2e.proxies import Proxy
from tests.e2e.turns import Turns
from tests.tagbump.waiting import Begin, Waiting

ROOT = Path(__file__).parents[2]
SECONDS = 420  # for a test in its own environment: pods start in seconds, Argo CD looks every few
TURNS_S = 2400  # for a test on the platform: it waits for its turn too
# Which tests follow one another; lanes run side by side. The order is one in which few wait for their turns.
LANES = (
    ("test_delivery.py",),
    # In prod, before the delivery comes there.
    ("test_outages.py", "test_drift.py"),
    ("test_bad_in_prod.py",),
    ("test_scaling.py",),  # in stage, before the delivery too; the pods go while others have it
    # In dev after the two that go from there to prod.
    ("test_network.py", "test_bad_in_stage.py", "test_restarts.py", "test_everywhere.py"),
    ("test_access.py", "test_bad_in_dev.py", "test_measuring.py"),
    ("test_admission.py", "test_status.py", "test_registry.py", "test_wait.py"),
)
FOLDER = pytest.StashKey[Path]()


class Lanes(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives each lane to a worker of its own, while there are so many: the first to gw0, which makes the platform."""

    def add_node(self, node: Any) -> None:
        super().add_node(node)
        for other in sorted(self.assigned_work, key=lambda one: str(one.gateway.id)):
            self.assigned_work[other] = self.assigned_work.pop(other)

    def _split_scope(self, nodeid: str) -> str:
        # Not by xdist's own groups: pytest 9.2 does not take the names that they give to tests.
        module = nodeid.partition("::")[0].rpartition("/")[2]
        return next((lane[0] for lane in LANES if module in lane), module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Lanes:
    config.option.loadscopereorder = False
    return Lanes(config, log)


def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the platform is that it shares with the others."""
    node.workerinput["e2e_folder"] = str(_folder(node.config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take the platform away, after all who shared it."""
    folder = session.config.stash.get(FOLDER, None)
    if folder is None:  # none was asked for, or this is one of those who share it
        return
    if (folder / "settings.json").is_file():
        missing()  # it says where the cluster is
        end(folder)
        if (folder / "turns.txt").is_file():
            EVIDENCE.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "turns.txt", EVIDENCE)
    if not os.environ.get("E2E_KEEP"):
        shutil.rmtree(folder)


def _folder(config: pytest.Config) -> Path:
    """Return where the platform is, or is to be; made when it is first asked for."""
    if given := getattr(config, "workerinput", {}).get("e2e_folder"):
        return Path(given)
    if FOLDER not in config.stash:
        config.stash[FOLDER] = Path(mkdtemp(prefix="e2e-", dir=os.environ.get("E2E_REMOTES")))
        config.stash[FOLDER].chmod(0o755)
    return config.stash[FOLDER]


def _asked(config: pytest.Config) -> bool:
    """Say whether tests/e2e, or a part of it, was named."""
    return any("e2e" in Path(argument.split("::")[0]).parts for argument in config.args)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: asks a real cluster; left out unless tests/e2e is named")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = _asked(config)
    if asked:
        order = {module: number for number, module in enumerate(module for lane in LANES for module in lane)}
        items.sort(key=lambda item: order.get(item.path.name, len(order)))
    left_out = pytest.mark.skip(reason="left out: asks a real cluster; make e2e runs it")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SECONDS if item.path.name in LANES[-1] else TURNS_S))
            if not asked:
                item.add_marker(left_out)


def _first(tmp_path_factory: pytest.TempPathFactory) -> AbstractContextManager[None]:
    """Of all workers that find something not started, have one start it."""
    return Turns(tmp_path_factory.getbasetemp().parent).at("start")


@cache
def missing() -> str:
    """Find a cluster, and set the environment to it. Return what is missing; empty where nothing is."""
    folder = Path(os.environ.get("E2E_CLUSTER", ROOT.parent / "shared" / "cluster"))
    if "KUBECONFIG" not in os.environ and (folder / "up").is_file():
        said = subprocess.run([folder / "up"], capture_output=True, text=True, check=False)
        if said.returncode != 0:
            return f"{folder / 'up'} failed: {said.stderr.strip()[-500:]}"
        take_over(subprocess.run([folder / "env"], capture_output=True, text=True, check=True).stdout)
    for name in ("KUBECONFIG", "REGISTRY"):
        if name not in os.environ:
            return f"{name} is not set"
    lacking = [program for program in ("kubectl", "cc") if shutil.which(program) is None]
    return f"not on the PATH: {', '.join(lacking)}" if lacking else ""


def take_over(exports: str) -> None:
    """Set what `env` prints: lines like `export NAME=VALUE`, `$PATH` in it meaning ours."""
    for line in exports.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        os.environ[name] = shlex.split(value.replace("$PATH", os.environ["PATH"]) or "''")[0]


@pytest.hookimpl(trylast=True)
def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say in what the platform differs from what users have."""
    if not _asked(config):
        return []
    return ["e2e: the project of prod has no sync windows, and tagbump.yaml is", *POLICY.splitlines()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave what can be seen of the platform where a test fails, before the next changes it."""
    report = yield
    whole = getattr(item, "funcargs", {}).get("whole")
    if report.failed and whole is not None:
        with suppress(Exception):  # what failed is told, whatever can be seen of it
            whole.evidence(f"failed-{re.sub('[^a-z0-9_]+', '-', item.name)}")
    return report


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a cluster's API server. What a killed run left there is cleared away."""
    with _first(tmp_path_factory):
        lack = missing()
    if lack:
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
def place(cluster: str, images: Images, remotes: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """dev, which deploys by itself, and stage, which a person syncs and resumes: both at 1.0.0, dev deployed."""
    assert cluster
    with Turns(_folder(request.config)).at("cluster"), made(remotes, images) as found:
        yield found


@pytest.fixture(scope="session")
def builds(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """Builds of our own service. E2E_DOCKER is found as E2E_CLUSTER is."""
    assert cluster
    folder = Path(os.environ.get("E2E_DOCKER", ROOT.parent / "shared" / "docker"))
    if "BASE_IMAGE" not in os.environ and (folder / "up").is_file():
        with _first(tmp_path_factory):
            take_over(subprocess.run([folder / "up"], capture_output=True, text=True, check=True).stdout)
    for name in ("BASE_IMAGE", "DATABASE_HOST", "INGRESS", "CLUSTER_HOME"):
        if name not in os.environ:
            pytest.skip(f"left out: {name} is not set, and our own service is built, run or asked with it")
    if lack := argo.missing():
        pytest.skip(f"left out: {lack}, and releases are approved there")
    if lacking := [program for program in ("gpg", "setpriv") if shutil.which(program) is None]:
        pytest.skip(f"left out: not on the PATH: {', '.join(lacking)}")
    return Builds(os.environ["REGISTRY"], os.environ["BASE_IMAGE"])


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> Iterator[Platform]:
    """The platform, with 1.0.0 proven wherever one gets a turn. The first lane makes it, and has dev first."""
    folder = _folder(request.config)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    if worker == "gw0":
        try:
            found = begin(folder, request.getfixturevalue("builds"))
            with first_releases(folder, found):
                (folder / "tried").touch()
                yield found
        finally:
            (folder / "tried").touch()
        return
    builds = request.getfixturevalue("builds")  # where something is missing, each leaves its tests out by its name
    while not (folder / "tried").exists():
        time.sleep(0.2)
    assert (folder / "platform.json").exists(), "the platform could not be made: a test of another worker says why"
    yield join(folder, builds, worker)


@pytest.fixture
def programs(cluster: str) -> Programs:
    """The cluster's own programs, where they run on this machine."""
    assert cluster
    found = programs_here()
    if found is None:
        pytest.skip("left out: it stops programs of the cluster, and those of this one are out of reach")
    return found


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
