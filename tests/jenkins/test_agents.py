"""What the stories give their agents, the pods have too: a variable that only a test sets is missing on real ones."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.jenkins.configuration import pods
from tests.pipeline.registries import Registry
from tests.pipeline.stories.delivery import _agents

# What stands in for something that a pod has otherwise, or that makes a test quicker.
OF_THE_STORIES: Final = {
    "checks": {
        "PYTEST_ADDOPTS", "MYPY_CACHE_DIR", "RUFF_CACHE_DIR", "MAKEFLAGS",  # a few tests, some of it warm, no SonarQube
        "ACCEPTANCE_URL", "ACCEPTANCE_CONNECT",  # the way in, without DNS and TLS
    },
    "image": {"HTTP_PROXY", "CONTAINERS_REGISTRIES_CONF", "BASE_IMAGE"},  # a registry under ECR's name
    "tagbump": {
        "HTTP_PROXY", "CONTAINERS_REGISTRIES_CONF", "NO_PROXY", "XDG_CACHE_HOME",
        "KUBECONFIG",  # for the account that a pod has by itself
    },
}  # fmt: skip


@pytest.mark.parametrize("label", sorted(OF_THE_STORIES))
def test_a_storys_agent_has_no_variable_that_its_pod_lacks(label: str, tmp_path: Path) -> None:
    world = SimpleNamespace(env={"KUBECONFIG": ""}, checkout=tmp_path)
    whole: Any = SimpleNamespace(ingress="http://192.0.2.1", world=world, host=str)
    agents = _agents(tmp_path, whole, Registry("192.0.2.2", tmp_path), "", {})
    (container,) = pods()[label]["spec"]["containers"]

    has = {one["name"] for one in container.get("env", [])}

    assert set(agents[label].env) - has == OF_THE_STORIES[label]


def test_who_releases_has_one_name_and_address_for_git() -> None:
    (container,) = pods()["tagbump"]["spec"]["containers"]

    assert {one["name"]: one["value"] for one in container["env"]} == {
        "GIT_AUTHOR_NAME": "${GIT_NAME}",
        "GIT_AUTHOR_EMAIL": "${GIT_EMAIL}",
        "GIT_COMMITTER_NAME": "${GIT_NAME}",
        "GIT_COMMITTER_EMAIL": "${GIT_EMAIL}",
    }
