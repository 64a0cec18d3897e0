"""The jobs: what they build, with which rights. What the Jenkinsfile itself names, tests/pipeline looks for."""

import pytest

from tests.jenkins.configuration import JOBS, ROOT, casc, clouds, credentials, pods
from tests.pipeline.outline import Node, calls, outlines, value
from tests.pipeline.scratch import needs_groovy


@pytest.fixture(scope="module")
def jenkinsfile() -> Node:
    return outlines([(ROOT / "Jenkinsfile").read_text(encoding="utf-8")])[0]


def test_the_right_to_push_is_in_a_folder_that_builds_main_alone() -> None:
    delivery = JOBS[JOBS.index("folder('delivery')") :]

    assert "id('git')" in delivery
    assert JOBS.count("id('git')") == 1
    assert "git" not in credentials(), "which every job may use"
    assert "multibranchPipelineJob('delivery/service')" in delivery
    assert "headWildcardFilter { includes('main'); excludes('') }" in delivery
    assert "PullRequestDiscovery" not in delivery
    assert "ForkDiscovery" not in delivery


def test_pods_with_an_account_are_for_that_folder_alone() -> None:
    restricted = {
        template["label"] for cloud in clouds() if cloud.get("usageRestricted") for template in cloud["templates"]
    }

    assert restricted == {label for label, pod in pods().items() if "serviceAccountName" in pod["spec"]}
    assert "kubernetes { permittedClouds(['delivery']) }" in JOBS
    assert [cloud["name"] for cloud in clouds() if cloud.get("usageRestricted")] == ["delivery"]


def test_a_pull_request_from_outside_is_built_with_the_jenkinsfile_of_its_target() -> None:
    assert JOBS.count("gitHubForkDiscovery") == 1
    assert "gitHubTrustNobody()" in JOBS


@needs_groovy
def test_every_sonarqube_is_configured(jenkinsfile: Node) -> None:
    installations = casc()["sonarqube.yaml"]["unclassified"]["sonarGlobalConfiguration"]["installations"]
    asked = calls([jenkinsfile["statements"], jenkinsfile["functions"]], "withSonarQubeEnv")

    assert {value(call) for call in asked} == {one["name"] for one in installations}
    assert {one["credentialsId"] for one in installations} <= set(credentials())


def test_no_script_has_to_be_approved() -> None:
    assert all("scriptApproval" not in content.get("security", {}) for content in casc().values())
