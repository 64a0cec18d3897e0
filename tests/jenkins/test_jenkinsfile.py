"""What the Jenkinsfile names is there: agents, credentials, people, plugins."""

from tests.jenkins import configuration, jenkinsfile
from tests.jenkins.configuration import JOBS, casc, clouds, credentials, plugins, pods


def test_every_label_is_a_pod_template_and_every_template_is_asked_for() -> None:
    assert jenkinsfile.labels() == set(pods())


def test_every_credential_is_defined_once() -> None:
    of_the_folder = {"git"} if "id('git')" in JOBS else set()

    assert jenkinsfile.credential_ids() <= set(credentials()) | of_the_folder
    assert set(credentials()) & of_the_folder == set()


def test_the_right_to_push_is_in_a_folder_that_builds_main_alone() -> None:
    delivery = JOBS[JOBS.index("folder('delivery')") :]

    assert "id('git')" in delivery
    assert JOBS.count("id('git')") == 1
    assert "multibranchPipelineJob('delivery/service')" in delivery
    assert "headWildcardFilter { includes('main'); excludes('') }" in delivery
    assert "PullRequestDiscovery" not in delivery
    assert "ForkDiscovery" not in delivery


def test_pods_that_may_push_are_for_that_folder_alone() -> None:
    restricted = {
        template["label"] for cloud in clouds() if cloud.get("usageRestricted") for template in cloud["templates"]
    }

    assert restricted == {label for label, pod in pods().items() if "serviceAccountName" in pod["spec"]}
    assert "kubernetes { permittedClouds(['delivery']) }" in JOBS
    assert [cloud["name"] for cloud in clouds() if cloud.get("usageRestricted")] == ["delivery"]


def test_a_pull_request_from_outside_is_built_with_the_jenkinsfile_of_its_target() -> None:
    assert JOBS.count("gitHubForkDiscovery") == 1
    assert "gitHubTrustNobody()" in JOBS


def test_everybody_who_is_asked_is_a_group_that_may_look() -> None:
    entries = casc()["security.yaml"]["jenkins"]["authorizationStrategy"]["projectMatrix"]["entries"]
    groups = {entry["group"]["name"]: entry["group"]["permissions"] for entry in entries}

    assert jenkinsfile.submitters() <= set(groups)
    assert all({"Overall/Read", "Job/Read"} <= set(groups[name]) for name in jenkinsfile.submitters())


def test_every_sonarqube_is_configured() -> None:
    installations = casc()["sonarqube.yaml"]["unclassified"]["sonarGlobalConfiguration"]["installations"]

    assert jenkinsfile.sonarqubes() == {one["name"] for one in installations}
    assert {one["credentialsId"] for one in installations} <= set(credentials())


def test_every_step_is_one_that_an_installed_plugin_has() -> None:
    called = jenkinsfile.called() - jenkinsfile.DIRECTIVES

    assert called - set(jenkinsfile.STEPS) == set(), "steps whose plugin STEPS does not name"
    assert {step: plugin for step in called if (plugin := jenkinsfile.STEPS[step]) not in plugins()} == {}


def test_no_script_has_to_be_approved() -> None:
    assert all("scriptApproval" not in content.get("security", {}) for content in configuration.casc().values())
