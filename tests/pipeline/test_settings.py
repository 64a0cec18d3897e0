"""What the pipeline takes from platform/platform.yaml and tagbump.yaml is what is deployed."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import Misconfigured
from tests.manifests.rendering import ENVIRONMENTS, ROOT, render


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_is_asked_at_the_host_that_its_overlay_renders(environment: str) -> None:
    (ingress,) = [one for one in render(ROOT / "k8s/overlays" / environment) if one["kind"] == "Ingress"]

    assert settings.address(ROOT, environment) == f"https://{ingress['spec']['rules'][0]['host']}"


def test_the_repository_is_that_of_the_account_and_its_last_word_the_image_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform/platform.yaml").write_text('data: {account: "210987654321", region: us-east-2}\n')
    (tmp_path / "tagbump.yaml").write_text("image: registry.example.com/team/links\n")

    assert settings.repository(tmp_path) == "210987654321.dkr.ecr.us-east-2.amazonaws.com/links"


def test_an_environment_that_nobody_knows_has_no_address() -> None:
    with pytest.raises(Misconfigured, match="no environment 'moon'"):
        settings.address(ROOT, "moon")
