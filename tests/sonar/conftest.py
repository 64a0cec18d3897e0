"""What asks a real SonarQube is left out unless SONAR_HOST_URL names one."""

import os
from pathlib import Path

import pytest

SECONDS = 900  # for a test: an analysis of this repository takes a minute, on a busy machine three
LEFT_OUT = "left out: SONAR_HOST_URL is not set, and a real SonarQube is asked"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sonarqube: asks a real SonarQube; left out unless SONAR_HOST_URL is set")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("sonarqube"):
            item.add_marker(pytest.mark.timeout(SECONDS))
            if not os.environ.get("SONAR_HOST_URL"):
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))
