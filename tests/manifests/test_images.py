"""One artifact runs in an environment, it is the one the overlay pins, and /version says so."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.manifests.rendering import ENVIRONMENTS, ROOT, Overlay, render

ARTIFACT = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+:[\w][\w.-]{0,127}@sha256:[0-9a-f]{64}")


def test_every_container_runs_the_pinned_artifact(overlay: Overlay) -> None:
    images = {name: container["image"] for name, container in overlay.containers()}

    assert set(images.values()) == {overlay.artifact}, images


def test_every_image_is_named_by_tag_and_digest_and_never_latest(overlay: Overlay) -> None:
    images = [container["image"] for _, container in overlay.containers()]

    assert images
    for image in images:
        assert ARTIFACT.fullmatch(image), image
        assert ":latest" not in image


def test_the_tag_is_quoted_so_that_none_is_read_as_a_number(overlay: Overlay) -> None:
    text = (overlay.folder / "kustomization.yaml").read_text()

    assert len(re.findall(r'^    newTag: "[^"]+"', text, re.MULTILINE)) == 1


def test_only_overlays_pin_images() -> None:
    pinning = [
        path for path in (ROOT / "k8s").rglob("kustomization.yaml") if "images" in yaml.safe_load(path.read_text())
    ]

    assert sorted(path.parent.name for path in pinning) == sorted(ENVIRONMENTS)


def test_version_tells_the_image_that_runs(overlay: Overlay) -> None:
    container = overlay.service()

    assert {"name": "IMAGE", "value": container["image"]} in container["env"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_version_follows_a_bump_of_nothing_but_the_pin(environment: str, tmp_path: Path) -> None:
    for room in ("k8s", "platform"):
        shutil.copytree(ROOT / room, tmp_path / room)
    folder = tmp_path / "k8s/overlays" / environment
    text = (folder / "kustomization.yaml").read_text()
    text = re.sub(r'newTag: "[^"]+"', 'newTag: "1.10"', text)
    text = re.sub(r"digest: sha256:\w+", f"digest: sha256:{'b7' * 32}", text)
    text = re.sub(r"newName: \S+", "newName: registry.example.com/team/service", text)
    (folder / "kustomization.yaml").write_text(text)

    after = Overlay(environment, folder, render(folder))

    expected = f"registry.example.com/team/service:1.10@sha256:{'b7' * 32}"
    assert {container["image"] for _, container in after.containers()} == {expected}
    assert {"name": "IMAGE", "value": expected} in after.service()["env"]
