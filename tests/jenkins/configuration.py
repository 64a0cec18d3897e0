"""What stands in jenkins/ and in the Jenkinsfile, read as values."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
JENKINS: Final = ROOT / "jenkins"
JOBS: Final = (JENKINS / "jobs/service.groovy").read_text(encoding="utf-8")
_VARIABLE: Final = re.compile(r"(?<!\^)\$\{([A-Z][A-Z0-9_]*)\}")


@cache
def casc() -> dict[str, Any]:
    """Each file of jenkins/casc by its name, parsed."""
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in JENKINS.glob("casc/*.yaml")}


def variables(text: str) -> set[str]:
    """The variables of the environment that a text of configuration as code asks for."""
    return set(_VARIABLE.findall(text))


def environment() -> set[str]:
    """The variables that the controller has: of the ConfigMap, of the Secret that people make, and of the cluster's."""
    settings = yaml.safe_load((JENKINS / "environment.yaml").read_text(encoding="utf-8"))["data"]
    return set(settings) | secrets() | set(of_the_cluster())


def secrets() -> set[str]:
    """The keys of the Secret, which the reference tells people to make."""
    text = (ROOT / "docs/reference/jenkins.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]*)` \|", text, re.MULTILINE))


def of_the_cluster() -> dict[str, dict[str, str]]:
    """The variables that come from Secrets which the cluster writes: each with the Secret's name, and the key in it."""
    values = yaml.safe_load((JENKINS / "values.yaml").read_text(encoding="utf-8"))
    return {one["name"]: one["valueFrom"]["secretKeyRef"] for one in values["controller"]["containerEnv"]}


def clouds() -> list[dict[str, Any]]:
    """The clouds that agents come from."""
    return [cloud["kubernetes"] for cloud in casc()["agents.yaml"]["jenkins"]["clouds"]]


def pods() -> dict[str, dict[str, Any]]:
    """The pod of each label, as Kubernetes is to get it."""
    return {
        template["label"]: yaml.safe_load(template["yaml"]) for cloud in clouds() for template in cloud["templates"]
    }


def credentials() -> dict[str, dict[str, Any]]:
    """What every job may use, by its id."""
    (domain,) = casc()["credentials.yaml"]["credentials"]["system"]["domainCredentials"]
    return {content["id"]: content for one in domain["credentials"] for content in one.values()}


@cache
def plugins() -> dict[str, str]:
    """The version of each plugin, by its name."""
    lines = (JENKINS / "plugins.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(":") for line in lines if line and not line.startswith("#"))
