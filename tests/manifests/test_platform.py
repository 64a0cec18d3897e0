"""The values of one installation stand in platform/platform.yaml alone, and reach all that is rendered."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.manifests.rendering import ENVIRONMENTS, ROOT, render

FOLDERS = [*(f"k8s/overlays/{name}" for name in ENVIRONMENTS), "argocd", "argocd/bootstrap", "argocd/config", "jenkins"]
OF_THE_PIPELINE = {"web-bucket", "web-distribution"}  # which no manifest asks for
ROOMS = ("k8s", "argocd", "jenkins", "platform")


def values() -> dict[str, str]:
    """The values of the installation that is in git."""
    return dict(yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"])


def written_by_us(path: Path) -> str:
    """What stands in a file, without the name of an image: tagbump writes the service's, and Helm asks for Jenkins'."""
    if path == ROOT / "jenkins/base-image":
        return ""
    return re.sub(r"^ +(newName|registry): .*", "", path.read_text(), flags=re.MULTILINE)


def another(value: str) -> str:
    """A value of the same kind that stands nowhere in this repository."""
    return re.sub(r"[a-z0-9]+", lambda word: "7" * len(word[0]) if word[0].isdigit() else f"other{word[0]}", value)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same rooms in another installation: every value is another, and nothing else is."""
    root = tmp_path_factory.mktemp("elsewhere")
    for room in ROOMS:
        shutil.copytree(ROOT / room, root / room)
    for name in ENVIRONMENTS:  # which may have been released to
        overlay = root / "k8s/overlays" / name / "kustomization.yaml"
        overlay.write_text(written_by_us(overlay))
    file = root / "platform/platform.yaml"
    content = yaml.safe_load(file.read_text())
    content["data"] = {name: another(value) for name, value in content["data"].items()}
    file.write_text(yaml.safe_dump(content))
    return root


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_place_is_filled_in_and_the_values_themselves_are_left_out(folder: str) -> None:
    resources = render(ROOT / folder)

    assert "set-by-" not in yaml.safe_dump_all(resources)
    assert ("ConfigMap", "platform") not in [(one["kind"], one["metadata"]["name"]) for one in resources]


@pytest.mark.parametrize("folder", FOLDERS)
def test_another_installation_changes_its_values_and_finds_none_of_ours(folder: str, elsewhere: Path) -> None:
    rendered = yaml.safe_dump_all(render(elsewhere / folder), width=1000)

    assert {name: value for name, value in values().items() if value in rendered} == {}


def test_every_value_goes_somewhere(elsewhere: Path) -> None:
    theirs = {name: another(value) for name, value in values().items()}

    rendered = "\n".join(yaml.safe_dump_all(render(elsewhere / folder), width=1000) for folder in FOLDERS)

    assert {name for name, value in theirs.items() if value not in rendered} == OF_THE_PIPELINE


def test_the_reference_explains_every_value_and_no_other() -> None:
    text = (ROOT / "docs/reference/platform.md").read_text()

    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", text, re.MULTILINE)

    assert re.findall(r"[a-z-]+", " ".join(rows)) == list(values())


def test_a_value_stands_in_no_other_file() -> None:
    files = [
        path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file() and path.name != "platform.yaml"
    ]

    repeated = {(str(path), name) for path in files for name, value in values().items() if value in written_by_us(path)}

    assert repeated == set()
