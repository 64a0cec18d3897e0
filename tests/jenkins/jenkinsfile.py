"""The Jenkinsfile, as far as the controller has to know it: what it calls, and whom and what it names."""

import re
from typing import Final

from tests.jenkins.configuration import ROOT

TEXT: Final = (ROOT / "Jenkinsfile").read_text(encoding="utf-8")
_CODE: Final = re.sub(r"//[^\n]*", "", TEXT)

# What is called, and the plugin that has it: https://www.jenkins.io/doc/pipeline/steps/
STEPS: Final = {
    "archiveArtifacts": "workflow-basic-steps",
    "buildDiscarder": "workflow-multibranch",
    "catchError": "workflow-basic-steps",
    "checkout": "workflow-scm-step",
    "disableConcurrentBuilds": "workflow-job",
    "echo": "workflow-basic-steps",
    "emailext": "email-ext",
    "error": "workflow-basic-steps",
    "fileExists": "workflow-basic-steps",
    "gitUsernamePassword": "git",
    "input": "pipeline-input-step",
    "kubernetesAgent": "kubernetes",
    "lock": "lockable-resources",
    "logRotator": "workflow-multibranch",
    "milestone": "pipeline-milestone-step",
    "node": "workflow-durable-task-step",
    "nonresumable": "workflow-durable-task-step",
    "properties": "workflow-multibranch",
    "readFile": "workflow-basic-steps",
    "retry": "workflow-basic-steps",
    "sh": "workflow-durable-task-step",
    "sleep": "workflow-basic-steps",
    "stash": "workflow-basic-steps",
    "timeout": "workflow-basic-steps",
    "timestamps": "timestamper",
    "unstash": "workflow-basic-steps",
    "usernamePassword": "credentials-binding",
    "waitUntil": "workflow-basic-steps",
    "withCredentials": "credentials-binding",
    "withEnv": "workflow-basic-steps",
    "withSonarQubeEnv": "sonar",
    "writeFile": "workflow-basic-steps",
}
# What belongs to the declarative syntax itself: pipeline-model-definition.
DIRECTIVES: Final = {
    "aborted", "agent", "allOf", "always", "anyOf", "beforeAgent", "beforeInput", "beforeOptions", "branch",
    "changed", "cleanup", "disableRestartFromStage",
    "environment", "expression", "failure", "fixed", "label", "message", "not", "ok", "options", "parallel",
    "parameters", "pipeline", "post", "regression", "script", "skipDefaultCheckout", "stage", "stages", "steps",
    "submitter", "submitterParameter", "success", "tools", "triggers", "unstable", "unsuccessful", "when",
}  # fmt: skip
_GROOVY: Final = {"catch", "if", "else", "return", "for", "while", "try", "finally", "switch", "in", "void", "throw"}


def called() -> set[str]:
    """Every name that is called, or opens a block; not methods of a value, nor functions that stand there."""
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", _CODE)
    own = set(re.findall(r"^(?:void|String|boolean|def) (\w+)\(", bare, re.MULTILINE))
    words = re.findall(r"(?<![\w.])([a-z]\w*)(?=\s*\(|\s*\{| ''| \d| scm\b| \w+:| true| false)", bare)
    return set(words) - own - _GROOVY


def labels() -> set[str]:
    """The labels of the agents that it asks for."""
    return _flat(r"\blabel '([^']+)'", r"\bnode\('([^']+)'\)")


def credential_ids() -> set[str]:
    """The ids of the credentials that it binds."""
    return _flat(r"credentialsId: '([^']+)'", r"\bcredentials\('([^']+)'\)")


def submitters() -> set[str]:
    """Whom it asks."""
    return {name.strip() for names in _flat(r"\bsubmitter '([^']+)'") for name in names.split(",")}


def sonarqubes() -> set[str]:
    """The SonarQube installations that it names."""
    return _flat(r"withSonarQubeEnv\('([^']+)'")


def _flat(*patterns: str) -> set[str]:
    return {found for pattern in patterns for found in re.findall(pattern, _CODE)}
