"""What the tests of the pipeline take, each part left out by name where it is not at hand:

- buildah, skopeo and docker-registry, as Debian packages them;
- trivy, on the PATH or beside the Python that runs the tests, and a database of its own: TRIVY_CACHE_DIR names it, and
  has the made-up findings CVE-2099-0001 (critical, in Debian's zlib) and CVE-2099-0002;
- `aws` and moto, which stands in for AWS: make aws installs both;
- to build the real image: BASE_IMAGE, pinned by digest, or the name of an image that Docker has.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.job import Job
from tests.pipeline import amazon, registries, roads
from tests.pipeline.amazon import Amazon
from tests.pipeline.checkouts import Told, check_out, job, make_repository
from tests.pipeline.registries import Registry
from tests.pipeline.roads import Road
from tests.tagbump.world import World, copy_world


def needs(*programs: str) -> None:
    """Leave a test out where one of `programs` is not on this machine."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"left out: takes {' and '.join(missing)}")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that answers for ECR."""
    needs("docker-registry", "skopeo")
    with registries.running(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def small_base(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base image of a few files, pinned by its digest."""
    return registry.copy(registries.small_base(tmp_path_factory.mktemp("base")), "small-base:1")


@pytest.fixture(scope="session")
def cloud() -> Iterator[Amazon]:
    """An AWS that all tests share, one after the other."""
    if not (amazon.PROGRAMS / "aws").is_file():
        pytest.skip("left out: takes aws and moto, which make aws installs")
    with amazon.running() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from. Not to be written to."""
    return make_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def world(repository: World, tmp_path: Path) -> World:
    """The small repository, for this test alone."""
    return copy_world(repository, tmp_path / "world")


@pytest.fixture
def road(tmp_path: Path) -> Road:
    """Our own Jenkinsfile, and targets that only write down that they were made."""
    return roads.road(tmp_path)


@pytest.fixture
def told() -> Told:
    """What verbs have told."""
    return Told()


@pytest.fixture
def trivy() -> dict[str, str]:
    """The environment in which the real Trivy finds its database."""
    beside = f"{os.environ['PATH']}{os.pathsep}{Path(sys.prefix, 'bin')}"
    if shutil.which("trivy", path=beside) is None:
        pytest.skip("left out: takes trivy")
    database = os.environ.get("TRIVY_CACHE_DIR")
    if not database:
        pytest.skip("left out: TRIVY_CACHE_DIR names no database of findings for Trivy")
    return {
        "PATH": beside, "TRIVY_CACHE_DIR": database, "TRIVY_SKIP_DB_UPDATE": "true", "TRIVY_OFFLINE_SCAN": "true",
    }  # fmt: skip


@pytest.fixture
def building(
    world: World, registry: Registry, small_base: str, told: Told, request: pytest.FixtureRequest
) -> Callable[..., Job]:
    """Begins a build of the newest commit, in a workspace of its own, on the small base image."""
    needs("buildah")
    # The tests share a registry: each builds a commit of its own.
    world.commit("feat: an image for this test", {"service/app.py": f"{request.node.name}\n"})

    def begin(commit: str | None = None, **env: str) -> Job:
        folder = world.root / f"workspace-{len(list(world.root.iterdir()))}"
        root = check_out(world, commit or world.head(), folder)
        return job(world, root, told, **{**registry.env, "BASE_IMAGE": small_base, **env})

    return begin
