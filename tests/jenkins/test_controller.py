"""The controller's configuration: who may what, where its values come from, and that no secret stands in it."""

import re
from typing import Any

import pytest
import yaml

from tests.jenkins.configuration import (
    JENKINS,
    JOBS,
    casc,
    credentials,
    environment,
    of_the_cluster,
    plugins,
    secrets,
    variables,
)

VALUES = yaml.safe_load((JENKINS / "values.yaml").read_text(encoding="utf-8"))
# The plugin that takes each key of a configuration as code.
KEYS = {
    "buildDiscarders": None,
    "location": None,
    "email-ext": "email-ext",
    "gitHubPluginConfig": "github",
    "sonarGlobalConfiguration": "sonar",
    "apiToken": None,
    "globalJobDslSecurityConfiguration": "job-dsl",
}


def texts() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in JENKINS.glob("casc/*.yaml"))


def merged(*contents: Any) -> None:
    """Merge as the plugin does. Fail where two files say one thing twice, which ends the start of Jenkins."""
    told: dict[tuple[str, ...], Any] = {}

    def tell(path: tuple[str, ...], value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                tell((*path, key), item)
        else:
            assert path not in told, f"{'.'.join(path)} stands in two files"
            told[path] = value

    for content in contents:
        tell((), content)


def test_no_two_files_say_the_same_thing() -> None:
    merged(*casc().values())


def test_every_file_gets_to_the_controller() -> None:
    (made,) = yaml.safe_load((JENKINS / "kustomization.yaml").read_text())["configMapGenerator"]
    job = casc()["jobs.yaml"]["jobs"][0]["file"]

    assert set(made["files"]) == {f"casc/{name}" for name in casc()} | {"jobs/service.groovy"}
    assert job == "/var/jenkins_home/casc_configs/service.groovy"
    assert VALUES["controller"]["JCasC"]["defaultConfig"] is False


def test_every_key_is_one_of_jenkins_or_of_an_installed_plugin() -> None:
    keys = {
        key for content in casc().values() for room in ("unclassified", "security") for key in content.get(room, ())
    }

    assert keys - set(KEYS) == set()
    assert {plugin for key in keys if (plugin := KEYS[key])} <= set(plugins())


def test_every_variable_comes_from_the_environment_and_none_is_there_for_nothing() -> None:
    of_the_jobs = set(re.findall(r"\(([A-Z][A-Z0-9_]+)\)", JOBS))

    assert variables(texts()) | of_the_jobs == environment()


@pytest.mark.parametrize("name", sorted(credentials()))
def test_a_credential_is_nothing_but_variables(name: str) -> None:
    said = {key: value for key, value in credentials()[name].items() if key in ("secret", "password", "privateKey")}

    assert said
    assert all(re.fullmatch(r"\$\{[A-Z_]+\}", value) for value in said.values())
    assert variables(str(said)) <= secrets() | set(of_the_cluster())


def test_no_secret_stands_in_git() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in JENKINS.rglob("*") if path.is_file()}
    secret = re.compile(
        r"BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_\w{20,}|\bgithub_pat_|\bsq[uap]_\w{20,}|\bAKIA[A-Z0-9]{16}\b"
    )

    assert [str(path) for path, text in files.items() if secret.search(text)] == []


def rights() -> dict[str, set[str]]:
    """What each group may everywhere."""
    entries = casc()["security.yaml"]["jenkins"]["authorizationStrategy"]["projectMatrix"]["entries"]
    return {entry["group"]["name"]: set(entry["group"]["permissions"]) for entry in entries}


def test_nobody_may_anything_without_signing_in_and_only_admins_may_change_things() -> None:
    granted = list(rights().values())

    granted.remove({"Overall/Administer"})

    assert not {"anonymous", "authenticated"} & set(rights())
    assert all(one == {"Overall/Read", "Job/Read", "View/Read"} for one in granted)


def test_one_group_runs_a_branchs_build_again_and_another_mains_and_neither_with_another_script() -> None:
    checks, delivery = JOBS[: JOBS.index("folder('delivery')")], JOBS[JOBS.index("folder('delivery')") :]
    granted = re.compile(r"group \{ name\('([\w-]+)'\); permissions\(\[([^\]]*)\]\) \}")

    ((of_branches, there),) = granted.findall(checks)
    ((of_main, here),) = granted.findall(delivery)

    assert there == here == "'Job/Build', 'Job/Cancel'"
    assert of_branches != of_main
    assert {of_branches, of_main} <= set(rights()), "and may look"
    assert JOBS.count("authorizationMatrix") == 2


def test_nothing_is_built_on_the_controller() -> None:
    assert casc()["jenkins.yaml"]["jenkins"]["numExecutors"] == 0
    assert VALUES["controller"]["numExecutors"] == 0


def test_every_build_knows_whom_to_tell_before_it_has_checked_anything_out() -> None:
    (properties,) = casc()["jenkins.yaml"]["jenkins"]["globalNodeProperties"]

    assert properties["envVars"]["env"] == [{"key": "MAIL_TO", "value": "${MAIL_TO}"}]


def test_a_checkout_is_tried_again() -> None:
    assert casc()["jenkins.yaml"]["jenkins"]["scmCheckoutRetryCount"] == 3


def test_every_plugin_has_one_version() -> None:
    lines = [line for line in (JENKINS / "plugins.txt").read_text().splitlines() if line and not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+:[0-9][\w.-]*", line)] == []
    assert len(plugins()) == len(lines)


def test_jenkins_itself_is_of_the_line_that_the_plugins_are_for() -> None:
    line = re.search(r"for Jenkins (\d+\.\d+)\.x LTS", (JENKINS / "plugins.txt").read_text())

    assert line
    assert VALUES["controller"]["image"]["tag"].startswith(f"{line[1]}.")
    assert f"jenkins:{line[1]}." in (JENKINS / "controller/Dockerfile").read_text()
