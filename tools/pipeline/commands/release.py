"""release ENV: what this build built, into the environment that takes images first."""

import time
from typing import Final

from pipeline import releasing
from pipeline.errors import TimeRanOut
from pipeline.job import Job
from pipeline.source import source

# By feel: a rollout in dev takes minutes, and who waits for longer has something to look at.
_AGAIN_S: Final = 10.0
_PATIENCE_S: Final = 20 * 60.0


def release(job: Job, environment: str, *, patience_s: float = _PATIENCE_S) -> str:
    """Have tagbump bump `environment`, once no other release is under way there, and return `done`.

    Raises Overtaken where a newer build was released, Refused where another rule says no, TimeRanOut where the release
    in the way is not over after `patience_s`.
    """
    image, commit = job.artifact(), source(job)
    end = time.monotonic() + patience_s
    told = ""
    while True:
        answer = releasing.ask(job, "bump", environment, str(image), "--source", commit)
        if answer.done:
            job.tell(f"{environment} has {image}")
            return "done"
        if "older" in answer.rules and releasing.has_proven(job, environment, image):
            return "done"  # a build that runs again goes on where it was
        if answer.rules != {"progressing"}:
            raise releasing.refusal(job, environment, image, answer)
        if not told:
            told = f"{releasing.held(job, environment)}"
            job.tell(f"waiting for the rollout of {told}: {answer.message}")
        if time.monotonic() >= end:
            raise TimeRanOut(f"{environment}: the release before is still under way", f"{told}\n{answer.message}")
        job.pause(_AGAIN_S)
