"""What a job and its builds are told: the configuration of the runner, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Credential:
    """What Jenkins keeps under one id. A file and an ssh key have their content in `secret`."""

    kind: Literal["string", "password", "file", "ssh"]
    secret: str = field(repr=False)
    username: str = ""


@dataclass(frozen=True)
class Label:
    """What the agents of one label have: variables of their own, and what is run in a workspace once it has files."""

    env: Mapping[str, str] = field(default_factory=dict)
    prepare: str = ""


@dataclass(frozen=True)
class Change:
    """A pull request: the branch `source` is to go into `target`. With `merge` the two are merged before the build."""

    id: int
    source: str
    target: str = "main"
    fork: bool = False
    merge: bool = False


@dataclass(frozen=True)
class Answer:
    """What somebody says to the input of a stage, `delay_s` after it was asked."""

    stage: str
    by: str
    outcome: Literal["proceed", "abort"] = "proceed"
    delay_s: float = 0


@dataclass(frozen=True)
class Job:
    """A job of Jenkins: what all its builds share."""

    folder: Path
    """Where builds and their common state are kept."""

    remote: str
    """The repository that `checkout scm` fetches from."""

    env: Mapping[str, str] = field(default_factory=dict)
    """The environment of every step. Nothing is taken over from that of the runner."""

    jenkinsfile: Path | None = None
    """The Jenkinsfile; None for that of the commit. A change from a fork always gets that of its target."""

    labels: Mapping[str, Label] | None = None
    """The labels that there are agents for; None for any label."""

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Who is in which group, for the submitters of inputs."""

    recipients: str = ""
    """Whom emailext's `$DEFAULT_RECIPIENTS` stands for."""

    smtp: tuple[str, int] | None = None
    """Host and port of the mail server; None where there is none."""

    sonar: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The servers of withSonarQubeEnv: url and token, by the name of the installation."""

    limits: Mapping[str, float] = field(default_factory=dict)
    """Seconds in the place of what `timeout` says in a stage: nobody waits for three days in a test.

    What stands under "" is that of the pipeline itself.
    """

    pace: float = 1
    """What the pauses of waitUntil and sleep are multiplied by."""

    name: str = "delivery"

    @property
    def state(self) -> Path:
        """What the builds of this job know of each other."""
        return self.folder / "state"

    def settings(self) -> dict[str, Any]:
        """All of this as the runner reads it."""
        return {
            "remote": self.remote, "state": str(self.state), "job": self.name, "env": dict(self.env),
            "jenkinsfile": str(self.jenkinsfile) if self.jenkinsfile else None,
            "labels": None if self.labels is None else {name: vars(label) for name, label in self.labels.items()},
            "credentials": {name: vars(credential) for name, credential in self.credentials.items()},
            "groups": {name: list(people) for name, people in self.groups.items()},
            "recipients": self.recipients,
            "smtp": {"host": self.smtp[0], "port": self.smtp[1]} if self.smtp else None,
            "sonar": {name: dict(server) for name, server in self.sonar.items()},
            "limits": dict(self.limits), "pace": self.pace,
            "jenkins_url": "https://jenkins.example.com/",
        }  # fmt: skip
