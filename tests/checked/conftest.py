"""What `make manifests` checks with, which it gets first: the other tests need neither Go nor a network."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from checkers.getting import CHECKOV, KUBECONFORM, PROMTOOL, SCHEMAS, Checker
from tests.manifests.rendering import ENVIRONMENTS, ROOT, Resource, release_jobs, render
from tests.manifests.test_blue_green import stage_with_blue_green

FOLDERS = [*(f"k8s/overlays/{name}" for name in ENVIRONMENTS), "argocd"]
FOLDERS += [f"argocd/{room}" for room in ("bootstrap", "access", "config")]

BLUE_GREEN = "k8s/components/blue-green"  # in no overlay of ours: stage, as somebody has it who takes it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = any("checked" in Path(argument.split("::")[0]).parts for argument in config.args)
    left_out = pytest.mark.skip(
        reason="left out: takes kubeconform, promtool and checkov; make manifests gets and runs them"
    )
    for item in items:
        if Path(__file__).parent in item.path.parents and not asked:
            item.add_marker(left_out)


def place_of(checker: Checker) -> Path:
    if not checker.is_there():
        pytest.fail(f"{checker.name} is missing: make manifests gets it", pytrace=False)
    return checker.place


@pytest.fixture(scope="session")
def kubeconform() -> Path:
    return place_of(KUBECONFORM)


@pytest.fixture(scope="session")
def schemas() -> Path:
    return place_of(SCHEMAS)


@pytest.fixture(scope="session")
def promtool() -> Path:
    return place_of(PROMTOOL)


@pytest.fixture(scope="session")
def checkov() -> Path:
    """The Python that has it."""
    return place_of(CHECKOV) / "bin/python"


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Resource]]:
    """All that Argo CD, or a person, applies, by the folder that it is rendered from, and what it makes of that."""
    found = {folder: render(ROOT / folder) for folder in FOLDERS}
    found[BLUE_GREEN] = stage_with_blue_green(tmp_path_factory.mktemp("repository")).resources
    return {folder: [*resources, *release_jobs(resources)] for folder, resources in found.items()}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, list[Resource]], Path]:
    """Write resources to a file."""

    def write(name: str, resources: list[Resource]) -> Path:
        path = tmp_path / name
        path.write_text(yaml.safe_dump_all(resources, width=1000, sort_keys=False), encoding="utf-8")
        return path

    return write
