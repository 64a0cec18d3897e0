"""What jenkins/admission lets in and refuses, asked of a real API server: the pods of agents, and what poses as one."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.places import LABEL, clear, kubectl
from tests.jenkins.configuration import JENKINS, clouds

# The namespace of each label's agents.
HOME = {template["label"]: cloud["namespace"] for cloud in clouds() for template in cloud["templates"]}


@pytest.fixture(scope="module")
def prefix(cluster: str) -> Iterator[str]:
    """What the names of namespaces begin with that have the policy: ours, so that nobody's Jenkins is in its way."""
    assert cluster
    found = f"e2e-{uuid.uuid4().hex[:6]}"
    try:
        for namespace in sorted(set(HOME.values())):
            kubectl("create", "namespace", _renamed(namespace, found))
            kubectl("label", "namespace", _renamed(namespace, found), f"{LABEL}={found}")
        kubectl("apply", "--filename", "-", given=_renamed(kubectl("kustomize", str(JENKINS / "admission")), found))
        _until_it_holds(found)
        yield found
    finally:
        kinds = "validatingadmissionpolicybindings,validatingadmissionpolicies"
        kubectl("delete", kinds, f"{found}-agents", "--ignore-not-found")
        clear(found)


def _renamed(text: str, prefix: str) -> str:
    for name in ("checks", "delivery", "agents"):
        text = text.replace(f"jenkins-{name}", f"{prefix}-{name}")
    return text


def _until_it_holds(prefix: str) -> None:
    """A policy takes some seconds, until the API server compiled it."""
    end = time.monotonic() + 60
    while "denied" not in refusal(prefix, "jenkins-checks", {"labels": {}}):
        assert time.monotonic() < end, "the policy never held"
        time.sleep(0.5)


def refusal(prefix: str, namespace: str, metadata: dict[str, Any]) -> str:
    """Return what the API server says to a pod with `metadata`; empty where it takes it."""
    container = {"name": "jnlp", "image": "registry.example.com/agent:1"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "agent-1", "namespace": _renamed(namespace, prefix), **metadata},
        "spec": {"containers": [container]},
    }
    said = kubectl("create", "--dry-run=server", "--filename", "-", given=json.dumps(pod), check=False)
    return "" if "created (server dry run)" in said else said


@pytest.mark.parametrize("label", sorted(HOME))
def test_each_agent_is_let_in_where_it_belongs_and_nowhere_else(prefix: str, label: str) -> None:
    said = {name: refusal(prefix, name, {"labels": {"jenkins/label": label}}) for name in sorted(set(HOME.values()))}

    assert {name for name, words in said.items() if not words} == {HOME[label]}, said
    assert all("that belongs into this namespace" in words for words in said.values() if words)


@pytest.mark.parametrize("label", sorted(HOME))
def test_a_pod_that_a_jenkinsfile_describes_is_refused_whatever_it_is_called(prefix: str, label: str) -> None:
    described = {"labels": {"jenkins/label": label}, "annotations": {"runUrl": "job/service/1/", "else": "x"}}

    assert "a Jenkinsfile brings no pod of its own" in refusal(prefix, HOME[label], described)


def test_an_agent_may_have_other_annotations(prefix: str) -> None:
    assert not refusal(prefix, "jenkins-checks", {"labels": {"jenkins/label": "checks"}, "annotations": {"a": "b"}})


@pytest.mark.parametrize("labels", [{}, {"jenkins/label": ""}, {"jenkins/label": "mine"}, {"label": "checks"}])
def test_a_pod_that_is_no_agent_is_refused(prefix: str, labels: dict[str, str]) -> None:
    assert "no label of jenkins/casc/agents.yaml" in refusal(prefix, "jenkins-checks", {"labels": labels})
