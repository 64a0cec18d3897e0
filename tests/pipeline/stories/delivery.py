"""Our own Jenkinsfile on our own repository, delivering to the platform of the end-to-end tests.

Real: every `sh` of every stage, the image by buildah, Trivy, the registry and the cluster in the place of ECR and EKS,
Argo CD's Sync and Resume by an approver's own account, mail by SMTP. What is stood in for, by stage, says STAND_INS. A
story that is about SonarQube or the tests has all of them.
"""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pipeline import settings
from tests.e2e.builds import ROOT, Builds
from tests.e2e.installing import platform
from tests.e2e.platform import Platform
from tests.pipeline import registries
from tests.pipeline.mailbox import Mailbox
from tests.pipeline.registries import HOST, Registry
from tests.pipeline.runner import driver
from tests.pipeline.runner.driver import Build
from tests.pipeline.runner.job import Answer, Change, Credential, Job, Label
from tests.pipeline.runner.report import table
from tests.tagbump.world import World

_TAGBUMP: Final = "real, but for tagbump: this checkout's, as the one that is pinned"
STAND_INS: Final[Mapping[str, str]] = {
    "Tests": "the real ones, but a few of them",
    "SonarQube": "a program that says yes",
    "Scan": "real, but for the advisories: one of them is made up",
    "Push": "the cluster's registry, under ECR's name",
    "Release to dev": _TAGBUMP,
    "Live in dev": _TAGBUMP,
    "Verified in dev": "the cluster's registry, under ECR's name",
    "Promote to stage": _TAGBUMP,
    "Live in stage": _TAGBUMP,
    "Acceptance": "real, without TLS",
    "Prove stage": _TAGBUMP,
    "Promote to prod": _TAGBUMP,
    "Live in prod": _TAGBUMP,
}
EVIDENCE: Final = ROOT / "build/pipeline-stories"
STAGE: Final = Answer("Approve stage", "grace")
PROD: Final = Answer("Approve prod", "grace")
PATIENCE_S: Final = 1500.0
ACCEPTED: Final = "- {id: CVE-2099-0001, package: zlib1g, reason: made up for the tests, until: 2099-12-31}\n"
# What is asked of our own code in a story: the rest of it `make test` asks.
_FEW: Final = "--cov-fail-under=0 tests/service/test_urls.py tests/tagbump/test_rules_people.py"
_LEFT_OUT: Final = ("PYTEST_", "SONAR_", "COVERAGE_", "COV_", "GIT_", "MAKE", "MFLAGS", "VIRTUAL_ENV", "XDIST")


@dataclass
class Delivery:
    """The repository, the platform that follows it, and the job that builds it."""

    whole: Platform
    job: Job
    registry: Registry
    mailbox: Mailbox
    builds: dict[int, tuple[Build, Mapping[str, str]]] = field(default_factory=dict)
    """All that were started, by their numbers, each with what was stood in for."""
    stand_ins: Mapping[str, str] = field(default_factory=lambda: STAND_INS)

    # --- people -------------------------------------------------------------------------------------------------------

    def merge(self, subject: str, files: Mapping[str, str | bytes] | None = None) -> str:
        """Merge a change into main, by default one of the service, and return the commit."""
        changed = files or {"service/release/marker.py": f'"""{subject}: {time.time_ns()}."""\n'}
        return self.whole.world.commit(subject, changed)

    def branch(self, name: str, files: Mapping[str, str | bytes]) -> str:
        """Push a branch that changes `files`, and return its commit. The checkout stays on main."""
        world = self.whole.world
        world.git("pull", "--quiet", "--rebase")
        world.git("checkout", "--quiet", "-b", name)
        world.write(files)
        world.git("add", "--all")
        world.git("commit", "--quiet", "--message", f"feat: {name}")
        world.git("push", "--quiet", "origin", name)
        commit = world.git("rev-parse", "HEAD").strip()
        world.git("checkout", "--quiet", "main")
        return commit

    def start(
        self, commit: str, *, branch: str = "main", change: Change | None = None, inputs: Sequence[Answer] = ()
    ) -> Build:
        """Have Jenkins build `commit`."""
        number = len(self.builds) + 1
        build = driver.start(self.job, number, commit=commit, branch=branch, change=change, inputs=inputs)
        self.builds[number] = build, self.stand_ins
        return build

    def with_sonarqube(self) -> "Delivery":
        """Return the same, with the SonarQube that SONAR_HOST_URL names."""
        server = {"url": os.environ["SONAR_HOST_URL"], "token": os.environ["SONAR_TOKEN"]}
        real = self._without("MAKEFLAGS", stand_in="SonarQube")
        return replace(real, job=replace(real.job, sonar={"sonarqube": server}))

    def with_all_tests(self) -> "Delivery":
        """Return the same, with every test that `make test` has."""
        return self._without("PYTEST_ADDOPTS", stand_in="Tests")

    def _without(self, name: str, *, stand_in: str) -> "Delivery":
        """Return the same, its checks without a variable, and with the real thing in the place of a stand-in."""
        labels = dict(self.job.labels or {})
        env = {key: value for key, value in labels["checks"].env.items() if key != name}
        labels["checks"] = replace(labels["checks"], env=env)
        left = {key: value for key, value in self.stand_ins.items() if key != stand_in}
        return replace(self, job=replace(self.job, labels=labels), stand_ins=left)

    def approve(self, build: Build, environment: str) -> None:
        """Sync in Argo CD once the promotion is there; prod has users, and its canary is resumed at its pause."""
        digest = self.artifact(build).partition("@")[2]
        self.whole.until(lambda: digest in self.whole.artifact(environment), seconds=300, told="the promotion")
        self.whole.refresh(environment)
        self.whole.until(lambda: self.whole.synced(environment) == "OutOfSync", seconds=120, told="OutOfSync")
        if environment != "prod":
            assert self.whole.sync(environment).code == 0
            return
        with self.whole.users("prod", rate=80):
            self.pause_of_prod()
            assert self.whole.act("prod", "resume").code == 0
            self.whole.until(lambda: self.whole.phase("prod") == "Healthy", told="all of the users")

    def pause_of_prod(self) -> None:
        """Sync prod, and come to where its canary waits for a person."""
        assert self.whole.sync("prod").code == 0
        self.whole.until(lambda: self.whole.phase("prod") == "Paused", told="the pause at 25 %")

    # --- what is so ---------------------------------------------------------------------------------------------------

    def artifact(self, build: Build) -> str:
        """Return what a build has pushed, once it has."""
        build.until_event("stage-ended", PATIENCE_S, stage="Push", result="SUCCESS")
        commit = next(build.all("checkout"))["commit"]
        return f"{HOST}/service:{commit}@{self.registry.tags()[commit]}"

    def releases(self, environment: str) -> list[str]:
        """Return the subjects of the commits that changed an environment, the newest first."""
        world = self.whole.world
        return world.git(
            "log", "--format=%s", "main", "--", f"k8s/overlays/{environment}", cwd=world.remote
        ).splitlines()  # fmt: skip

    @contextmanager
    def story(self, name: str) -> Iterator[None]:
        """Begin without mails, end without builds; leave tables, consoles, mails in build/pipeline-stories/`name`/."""
        before = set(self.builds)
        self.mailbox.mails.clear()
        try:
            yield
        finally:
            folder = EVIDENCE / name
            folder.mkdir(parents=True)
            for number in sorted(set(self.builds) - before):
                build, stand_ins = self.builds[number]
                build.kill()
                (folder / f"stages-{number}.md").write_text(table(build, stand_ins), encoding="utf-8")
                (folder / f"console-{number}.txt").write_text(build.console, encoding="utf-8")
            for number, mail in enumerate(self.mailbox.mails):
                (folder / f"mail-{number}.html").write_text(f"<!-- {mail.subject} -->\n{mail.html}")


@contextmanager
def delivery(folder: Path, builds: Builds, trivy: Mapping[str, str]) -> Iterator[Delivery]:
    """Deploy the platform of this whole repository, and make the job that builds it."""
    with platform(folder, builds, rooms=(".",)) as whole, Mailbox() as mailbox:
        registry = _registry(folder)
        settle(whole.world)
        # What an agent's image would have: a pipeline fetches it once, and so does this.
        subprocess.run(
            ["make", "pinned-tagbump"], cwd=whole.world.checkout, env=_clean(), check=True, capture_output=True
        )
        base = registry.copy(f"docker-daemon:{builds.base_image}", "python:3.11")
        env = {**_clean(), "MAIL_TO": settings.mail_to(ROOT)}  # as the controller's own environment
        del env["KUBECONFIG"]  # what an agent may see of the cluster is what its account may
        job = Job(
            folder=folder / "jenkins", remote=f"file://{whole.world.remote}", name="delivery/service",
            env=env, pace=0.05, labels=_agents(folder, whole, registry, base, trivy), smtp=mailbox.address,
            credentials={"git": Credential("password", "pushes-here", "bot")},
            groups={"stage-approvers": ["grace", "ada"], "prod-approvers": ["grace", "ada"]},
            sonar={"sonarqube": {"url": "http://sonarqube.invalid", "token": "reads-code"}},
        )  # fmt: skip
        yield Delivery(whole, job, registry, mailbox)


def settle(world: World) -> None:
    """Have programs run as programs, the first commit be the released tagbump, and somebody answer for the finding."""
    world.git("pull", "--quiet", "--rebase")  # now: what is changed from here on would be in its way
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        about, name = line.split("\t")
        if about.startswith("100755") and (world.checkout / name).is_file():
            (world.checkout / name).chmod(0o755)
    released = world.git("rev-list", "--max-parents=0", "HEAD").strip()
    files = {"jenkins/tagbump": f"{released}\n", "trivy-accepted.yaml": ACCEPTED}
    world.commit("chore: say what this installation has", files)


def _registry(folder: Path) -> Registry:
    """Name the cluster's registry as ECR's."""
    place = folder / "registry"
    place.mkdir()
    (place / "registries.conf").write_text(registries.INSECURE)
    return Registry(os.environ["REGISTRY"], place)


def _agents(folder: Path, whole: Platform, registry: Registry, base: str, trivy: Mapping[str, str]) -> dict[str, Label]:
    """Return what the agents of each label have; some of it warm, as in the images of agents."""
    warm, load_balancer = folder / "warm", whole.ingress.partition("//")[2]
    checks = {
        "PYTEST_ADDOPTS": _FEW, "MYPY_CACHE_DIR": f"{warm}/mypy", "RUFF_CACHE_DIR": f"{warm}/ruff",
        "MAKEFLAGS": f"SONAR={_sonar(warm / 'sonar')}", "ACCEPTANCE_URL": f"http://{whole.host('stage')}",
        "ACCEPTANCE_CONNECT": f"{load_balancer}:80",
    }  # fmt: skip
    tagbump = {
        **registry.env, "NO_PROXY": load_balancer, "KUBECONFIG": whole.world.env["KUBECONFIG"],
        "XDG_CACHE_HOME": f"{warm}/cache",
        "GIT_AUTHOR_NAME": "Release Pipeline", "GIT_AUTHOR_EMAIL": "pipeline@example.com",
        "GIT_COMMITTER_NAME": "Release Pipeline", "GIT_COMMITTER_EMAIL": "pipeline@example.com",
    }  # fmt: skip
    return {
        "checks": Label(checks, f"mkdir -p build && ln -s {ROOT}/build/checkers build/checkers"),
        "image": Label({**registry.env, **trivy, "BASE_IMAGE": base}),
        "tagbump": Label(tagbump, f"mkdir -p build && ln -s {whole.world.checkout}/build/tagbump build/tagbump"),
    }


def _clean() -> dict[str, str]:
    """Return the environment without what pytest, make and git have put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}


def _sonar(place: Path) -> Path:
    """Write what stands in for pysonar."""
    program = place / "bin/pysonar"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho a stand-in: nothing is analysed\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (place / ".installed").touch()
    os.utime(place / ".installed", (4e9, 4e9))  # newer than any lock
    return place


def trivy_with_findings(folder: Path) -> Mapping[str, str]:
    """Have Trivy find what E2E_TRIVY's advisories say: by default those beside this repository. Empty without any."""
    source = Path(os.environ.get("E2E_TRIVY", ROOT.parent / "shared/trivy"))
    if not (source / "main.go").is_file() or shutil.which("go") is None:
        return {}
    with (source / "advisories.json").open("rb") as advisories:
        subprocess.run(["go", "run", "-C", str(source), ".", str(folder)], stdin=advisories, check=True, timeout=600)
    return {"TRIVY_CACHE_DIR": str(folder), "TRIVY_SKIP_DB_UPDATE": "true", "TRIVY_OFFLINE_SCAN": "true"}
