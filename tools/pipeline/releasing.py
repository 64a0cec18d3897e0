"""A released tagbump, asked with --json, and what its answers mean to the pipeline."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline import settings
from pipeline.errors import Bug, Misconfigured, Overtaken, Refused, Stopped, TimeRanOut, Unreachable
from pipeline.image import Image
from pipeline.job import Job
from pipeline.programs import run

_DEFAULT: Final = "build/tagbump/bin/tagbump"
_ALSO: Final = re.compile(r"^also ([a-z-]+): ", re.MULTILINE)
_CAUSE: Final = re.compile(r"\S+ can't run \S+: (.+)", re.DOTALL)

# By feel: a server that is started anew is back by then, and a slice is over soon.
_TRIES: Final = 3
_AGAIN_S: Final = 10.0

BY_TIME: Final = frozenset({"soak", "frozen", "progressing"})
"""The rules that time alone lifts."""

_UNANSWERED: Final = frozenset({"unreachable", "no-branch"})
"""What `wait` waits for where cluster or repository do not answer."""

# Of tagbump's exit codes (docs/reference/tagbump.md#exit-codes) those that decide something here.
_DONE: Final = 0
_REFUSED: Final = 3
_FAILED: Final = 5
_TIMED_OUT: Final = 7
_ENDS: Final[Mapping[int, type[Stopped]]] = {
    1: Bug, 2: Misconfigured, _REFUSED: Refused, 4: Unreachable, _FAILED: Stopped, 6: Unreachable,
    _TIMED_OUT: TimeRanOut, 130: Stopped,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """How a run of tagbump ended: its exit code, and the object that it printed."""

    code: int
    document: Mapping[str, Any]

    @property
    def done(self) -> bool:
        """Whether it did what it was asked, or found it done."""
        return self.code == _DONE

    @property
    def refused(self) -> bool:
        """Whether rules say no."""
        return self.code == _REFUSED

    @property
    def timed_out(self) -> bool:
        """Whether what was waited for did not come in the time that it was given."""
        return self.code == _TIMED_OUT

    @property
    def message(self) -> str:
        """What went wrong, with the next step below it; empty where nothing did."""
        error = self.document.get("error", {})
        return "\n".join(filter(None, [error.get("message", ""), error.get("hint", "")]))

    @property
    def first_line(self) -> str:
        """What went wrong, as short as tagbump says it."""
        return (self.message.splitlines() or ["tagbump does not say why"])[0]

    @property
    def rules(self) -> frozenset[str]:
        """All rules that refuse; empty where it was no rule."""
        if not self.refused:
            return frozenset()
        error = self.document["error"]
        return frozenset({error["kind"], *_ALSO.findall(error["message"])})

    @property
    def state(self) -> str:
        """What `wait` was waiting for, or what it found failed; empty where it says neither."""
        return str(self.document.get("state") or "")

    @property
    def unanswered(self) -> bool:
        """Whether a server did not answer, or always somebody else was first: it may be asked again, for hours."""
        return self.document.get("error", {}).get("kind") in ("unreachable", "race") or self.state in _UNANSWERED

    @property
    def cause(self) -> str | None:
        """Why the release itself failed, by the word of `wait`; None where it did not."""
        if self.code != _FAILED or not self.state:  # without a state something else than the release is wrong
            return None
        message = str(self.document["error"]["message"])
        match = _CAUSE.fullmatch(message)
        return match[1] if match else message

    def error(self, summary: str) -> Stopped:
        """Return what a run that ended like this is for the pipeline."""
        return _ENDS.get(self.code, Bug)(summary, self.message)


@dataclass(frozen=True)
class Held:
    """What an environment has, and the commit that released it."""

    artifact: str | None
    commit: str

    def __str__(self) -> str:
        return f"{self.artifact or 'nothing'} (release {self.commit[:12]})"


def ask(job: Job, verb: str, environment: str, *words: str) -> Answer:
    """Run tagbump. A server that does not answer is asked again, some seconds later."""
    answer = _ask_once(job, verb, environment, *words)
    for _ in range(_TRIES - 1):
        if not answer.unanswered or answer.timed_out:  # which has been asked for as long as it was given
            break
        job.tell(f"{answer.message}\ntrying again in {_AGAIN_S:.0f} s")
        job.pause(_AGAIN_S)
        answer = _ask_once(job, verb, environment, *words)
    return answer


def held(job: Job, environment: str) -> Held:
    """Return what `environment` has. Raises Stopped where that can't be told."""
    answer = ask(job, "history", environment)
    if not answer.done:
        raise answer.error(f"{environment}: what it has can't be told")
    releases = answer.document["releases"]
    return Held(releases[0]["artifact"], releases[0]["commit"]) if releases else Held(None, "none")


def has_proven(job: Job, environment: str, image: Image) -> bool:
    """Say whether `image` was in `environment` and proven there, whatever it has now: what comes after may go on.

    That is what tagbump asks before it promotes to the next environment; False for one that has no next.
    """
    following = settings.after(job.root, environment)
    if following is None:
        return False
    answer = ask(job, "promote", following, "--artifact", str(image), "--dry-run")
    if not answer.done and not answer.refused:
        return False
    proven = not answer.rules & {"unproven", "rolled-back"}
    if proven:
        job.tell(f"{environment} has moved on, and had proven {image}")
    return proven


def was_proven(job: Job, environment: str, image: Image) -> bool:
    """Say whether `image` was in `environment` and proven there, also where nothing comes after.

    There it is asked where a rollback would lead: to the newest that a proof says was live.
    """
    if settings.after(job.root, environment) is not None:
        return has_proven(job, environment, image)
    answer = ask(job, "rollback", environment, "--proven", "--reason", "only asked, and not done", "--dry-run")
    return answer.done and answer.document["after"] == str(image)


def refusal(job: Job, environment: str, image: Image, answer: Answer) -> Stopped:
    """Return what the answer to a release that was refused is: Overtaken where it is older than what is there."""
    if "older" in answer.rules:
        return overtaken(environment, image, held(job, environment), answer.message)
    return answer.error(f"{environment}: {answer.first_line}")


def overtaken(environment: str, image: Image, now: Held, why: str = "") -> Overtaken:
    """Return that `image` is not what `environment` has, or may have, any more."""
    tag = Image.parse(now.artifact).tag if now.artifact else "nothing"
    detail = f"{environment} has {now}\nthis build is {image}\n{why}".rstrip()
    return Overtaken(f"{environment}: overtaken by {tag[:12]}", detail)


def _ask_once(job: Job, verb: str, environment: str, *words: str) -> Answer:
    program = job.env.get("TAGBUMP") or str(job.root / _DEFAULT)
    repository = job.env.get("GITOPS_REPOSITORY", "")
    where = ["--repo", repository] if repository and repository != "origin" else []
    done = run(program, verb, environment, *words, *where, "--json", cwd=job.root, env=job.env, tell=job.tell)
    try:
        return Answer(done.status, dict(json.loads(done.stdout)))
    except ValueError:
        raise Bug(f"{environment}: tagbump {verb} ended with {done.status}, and without a word", done.said) from None
