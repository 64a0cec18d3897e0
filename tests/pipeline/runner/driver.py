"""Runs builds of a Jenkinsfile, watches what they do, and ends them."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.pipeline.runner import groovy
from tests.pipeline.runner.job import Answer, Change, Job

Event = dict[str, Any]
PATIENCE_S = 60.0
"""How long a test waits for something that takes seconds."""


@dataclass
class Build:
    """A build that was started. It may have ended."""

    job: Job
    number: int
    folder: Path
    cookie: str
    process: subprocess.Popen[str] = field(repr=False)

    @property
    def events(self) -> list[Event]:
        """What has happened so far, in its order."""
        file = self.folder / "events.jsonl"
        if not file.exists():
            return []
        # A line that is just being written has no end yet.
        return [
            json.loads(line)
            for line in file.read_text(encoding="utf-8").splitlines(keepends=True)
            if line.endswith("\n")
        ]

    @property
    def console(self) -> str:
        file = self.folder / "console.txt"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def result(self) -> str | None:
        """SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED, or REFUSED for what the runner does not know; None before."""
        return next((event["result"] for event in self.all("result")), None)

    @property
    def error(self) -> str:
        """What ended it, in one line; empty where nothing did."""
        return next((event["error"] or "" for event in self.all("result")), "")

    def all(self, kind: str, **having: object) -> Iterator[Event]:
        """The events of one kind, and of these those with the given values."""
        return (
            event
            for event in self.events
            if event["event"] == kind and all(event.get(name) == value for name, value in having.items())
        )

    def until(self, wanted: Callable[[Event], bool], timeout_s: float = PATIENCE_S) -> Event:
        """Wait for an event, and return it. Raises AssertionError when it does not come."""
        end = time.monotonic() + timeout_s
        while True:
            ended = self.process.poll() is not None  # asked first: what it wrote last is read then
            if found := next((event for event in self.events if wanted(event)), None):
                return found
            assert not ended, f"#{self.number} ended before that\n{self.said()}"
            assert time.monotonic() < end, f"#{self.number}: not within {timeout_s} s\n{self.said()}"
            time.sleep(0.05)

    def until_event(self, kind: str, timeout_s: float = PATIENCE_S, **having: object) -> Event:
        """Wait for an event of one kind with the given values."""
        return self.until(
            lambda event: event["event"] == kind and all(event.get(name) == value for name, value in having.items()),
            timeout_s,
        )

    def wait(self, timeout_s: float = PATIENCE_S) -> "Build":
        """Wait for its end. Where it does not come, the build is killed and AssertionError raised."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"#{self.number} did not end within {timeout_s} s\n{self.said()}") from None
        assert self.result is not None, f"the runner itself failed\n{self.said()}"
        return self

    def said(self) -> str:
        """The end of what it has said, to be shown where a test fails."""
        errors = (self.folder / "runner.log").read_text(encoding="utf-8", errors="replace")
        return f"{self.console[-4000:]}\n{errors[-4000:]}"

    def answer(self, answer: Answer) -> None:
        """Say something to an input that waits, or will."""
        folder = self.folder / "answers"
        folder.mkdir(exist_ok=True)
        fresh = folder / f"{time.time_ns()}.new"
        fresh.write_text(json.dumps(vars(answer)), encoding="utf-8")
        fresh.rename(fresh.with_suffix(".json"))

    def abort(self, by: str = "somebody") -> None:
        """End it as the button in Jenkins does."""
        (self.job.state / "aborts" / f"{self.number}.json").write_text(
            json.dumps({"result": "ABORTED", "why": f"Aborted by {by}"}), encoding="utf-8"
        )

    def lose_agent(self) -> None:
        """Have the agent of the `sh` that runs be gone, as a node of a cluster may be, and come back when it is."""
        order = self.folder / "lose-agent"
        order.touch()
        while order.exists():
            assert self.process.poll() is None, self.said()
            time.sleep(0.01)

    def kill(self) -> None:
        """End it and whatever it started, at once, as a machine does that is switched off."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while left := _started_by(self.cookie):
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.02)

    def stages(self) -> dict[str, str]:
        """What became of each stage: its result, `skipped`, or `running`."""
        found: dict[str, str] = {}
        for event in self.events:
            if event["event"] == "stage-started":
                found[event["stage"]] = "running"
            elif event["event"] == "stage-skipped":
                found[event["stage"]] = "skipped"
            elif event["event"] == "stage-ended":
                found[event["stage"]] = event["result"]
        return found

    def scripts(self) -> list[str]:
        """What `sh` was given, in the order it began."""
        return [event["script"] for event in self.all("sh-started")]


def start(
    job: Job,
    number: int,
    *,
    commit: str,
    branch: str = "main",
    change: Change | None = None,
    inputs: Sequence[Answer] = (),
) -> Build:
    """Start a build. `commit` is 40 hex digits."""
    folder = job.folder / f"build-{number}"
    folder.mkdir(parents=True)
    cookie = uuid4().hex
    settings = job.settings() | {
        "folder": str(folder), "cookie": cookie, "number": number, "commit": commit, "branch": branch,
        "change": vars(change) if change else None, "inputs": [vars(answer) for answer in inputs],
    }  # fmt: skip
    file = folder / "config.json"
    file.touch(mode=0o600)  # it holds the credentials
    file.write_text(json.dumps(settings), encoding="utf-8")
    with (folder / "runner.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*groovy.program(), "run", str(file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True,
            start_new_session=True,
        )  # fmt: skip
    return Build(job, number, folder, cookie, process)


def run(
    job: Job,
    number: int = 1,
    *,
    commit: str,
    branch: str = "main",
    change: Change | None = None,
    inputs: Sequence[Answer] = (),
    timeout_s: float = PATIENCE_S,
) -> Build:
    """Run a build to its end."""
    return start(job, number, commit=commit, branch=branch, change=change, inputs=inputs).wait(timeout_s)


def refusals(folder: Path, jenkinsfiles: Sequence[str]) -> list[str | None]:
    """What the runner refuses of the declarative part of each text, without running it; None where nothing is."""
    files = [folder / f"{number}.groovy" for number in range(len(jenkinsfiles))]
    for file, text in zip(files, jenkinsfiles, strict=True):
        file.write_text(text, encoding="utf-8")
    settings = Job(folder, "").settings() | {
        "folder": str(folder), "cookie": "none", "number": 1, "commit": "", "branch": "main", "only_read": True,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    said = subprocess.run(
        [*groovy.program(), "refusals", str(folder / "config.json"), *map(str, files)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str | None] = json.loads(said.stdout)
    return found


def _started_by(cookie: str) -> list[int]:
    """The processes that have the cookie of a build in their environment, as Jenkins finds them too."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                environment = (process / "environ").read_bytes()
                state = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
                if f"_COOKIE={cookie}-".encode() in environment and state != "Z":
                    found.append(int(process.name))
    return found
