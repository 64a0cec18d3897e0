"""Our own Jenkinsfile on a small repository, whose targets only write down that they were made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.pipeline.runner import driver
from tests.pipeline.runner.driver import Build
from tests.pipeline.runner.groovy import ROOT
from tests.pipeline.runner.job import Answer, Change, Credential, Job, Label
from tests.pipeline.scratch import ENVIRONMENT, Repository

PROGRAM: Final = r"""#!/bin/sh
# Every slice waits once, and is done the second time; unless the test has written what it says.
echo "$1" >> "$RECORD/targets"
approvers="stage=${STAGE_APPROVER-} prod=${PROD_APPROVER-}"
secrets="git=${GIT_ASKPASS:+yes} sonar=${SONAR_AUTH_TOKEN:+yes}"
echo "$1 $approvers artifact=${ARTIFACT-} $secrets" >> "$RECORD/with"
if [ "$1" = "${FAILS-}" ] || [ -e "$RECORD/$1.fails.$BUILD_NUMBER" ]; then
    mkdir -p build/pipeline; echo "$1 failed" >&2; exit 1
fi
[ "$1" != "${HANGS-}" ] || sleep 600
while [ -e "$RECORD/$1.held.$BUILD_NUMBER" ]; do sleep 0.05; done
for says in "$RECORD/$1.says.$BUILD_NUMBER" "$RECORD/$1.says"; do
    [ ! -e "$says" ] || { cat "$says"; exit; }
done
case "$1" in
road) echo "$ROAD_IS" ;;
web) echo "${WEB_IS:-no}" ;;
mail-to) echo releases@example.com ;;
artifact) echo registry.example.com/service:abc@sha256:0 ;;
archive) mkdir -p build/pipeline; echo image > build/pipeline/image.tar; echo '{}' > build/pipeline/image.json ;;
sbom) echo '{}' > build/pipeline/sbom.cdx.json ;;
mail) mkdir -p build/pipeline; echo '<p>what failed</p>' > build/pipeline/mail.html; echo "$STAGE_NAME failed" ;;
promote-* | live-stage | prove-* | rollback-*)
    if [ -e "$RECORD/$1.waited" ]; then echo done; else touch "$RECORD/$1.waited"; echo waits; fi ;;
esac
"""
MAKEFILE: Final = ".DEFAULT:\n\t@sh ./program $@\n"
APPROVALS: Final = [Answer("Approve stage", "grace"), Answer("Approve prod", "dana")]


@dataclass(frozen=True)
class Road:
    """The job, and what the targets of its builds have written down."""

    job: Job

    def commit(self, jenkinsfile: str | None = None) -> str:
        """Commit our Jenkinsfile, or the one that is given, and return the commit."""
        text = jenkinsfile or (ROOT / "Jenkinsfile").read_text(encoding="utf-8")
        return Repository(self.remote).commit({"Jenkinsfile": text, "Makefile": MAKEFILE, "program": PROGRAM})

    def start(
        self, commit: str, number: int = 1, *, branch: str = "main", change: Change | None = None,
        inputs: Sequence[Answer] = (),
    ) -> Build:  # fmt: skip
        return driver.start(self.job, number, commit=commit, branch=branch, change=change, inputs=inputs)

    def run(
        self, commit: str, number: int = 1, *, branch: str = "main", change: Change | None = None,
        inputs: Sequence[Answer] = (),
    ) -> Build:  # fmt: skip
        return self.start(commit, number, branch=branch, change=change, inputs=inputs).wait()

    def having(self, **changes: object) -> "Road":
        """Return the same with other settings of Job."""
        return Road(replace(self.job, **changes))  # type: ignore[arg-type]

    def with_env(self, **more: str) -> "Road":
        return self.having(env={**self.job.env, **more})

    @property
    def remote(self) -> Path:
        return Path(self.job.remote)

    @property
    def record(self) -> Path:
        return self.job.folder / "record"

    def made(self) -> list[str]:
        """The targets that were made, in their order."""
        return (self.record / "targets").read_text(encoding="utf-8").splitlines()

    def made_with(self, target: str) -> str:
        """The line of a target, with what it was given."""
        lines = (self.record / "with").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith(f"{target} "))

    def say(self, target: str, words: str, number: int | None = None) -> None:
        """Have a target say this from now on, in one build or in all."""
        fresh = self.record / "says"
        fresh.write_text(f"{words}\n", encoding="utf-8")
        fresh.rename(self.record / f"{target}.says{f'.{number}' if number else ''}")

    @contextmanager
    def held(self, target: str, number: int) -> Iterator[None]:
        """Have a target not end in a build before the block does."""
        (self.record / f"{target}.held.{number}").touch()
        try:
            yield
        finally:
            (self.record / f"{target}.held.{number}").unlink()

    def fail(self, target: str, number: int) -> None:
        """Have a target fail in a build."""
        (self.record / f"{target}.fails.{number}").touch()


def road(folder: Path) -> Road:
    """Return a road in `folder`."""
    (folder / "record").mkdir()
    return Road(
        Job(
            folder=folder, remote=str(folder / "repository"), pace=0.001, recipients="admins@example.com",
            env=ENVIRONMENT | {"RECORD": str(folder / "record"), "ROAD_IS": "release"},
            labels={"checks": Label(), "image": Label(), "tagbump": Label(), "web": Label()},
            credentials={"git": Credential("password", "pushes-here", "bot")},
            sonar={"sonarqube": {"url": "http://sonar.example.com", "token": "reads-code"}},
            groups={"stage-approvers": ["grace", "dana"], "prod-approvers": ["dana"]},
        )
    )  # fmt: skip
