"""Waiting for a release to be live: to the end where it goes first, in slices where people are waited for."""

from typing import Final

from pipeline import releasing, settings
from pipeline.errors import Stopped, TimeRanOut
from pipeline.image import Image
from pipeline.job import Job

SLICE: Final = "20s"  # by feel: long enough for a cluster to say everything, and no agent is held for long
_LOOK: Final = "10s"  # by feel: enough for a cluster to say that all is live
WHOLE: Final = "10m"  # a grace period, by feel: migrations, a rollout and its first analysis


def live(job: Job, environment: str, *, record: bool, slice_: str = SLICE) -> str:
    """Wait until `environment` runs what this build built, and return `done`; `waits` where `slice_` is over before,
    `unanswered` where cluster or repository did not answer in it, and `proven` where `environment` has moved on, and
    had proven it.

    With `record` the proof is pushed. An environment that takes images first is waited for to the end: nobody else is
    asked. Raises Overtaken where `environment` has something else by now, Stopped where the release failed, TimeRanOut
    where it takes too long.
    """
    image = job.artifact()
    first = settings.takes_images_first(job.root, environment)
    timeout = WHOLE if first else slice_
    # A slice says in one line what it waited for: there may be thousands of them.
    words = [*(["--record"] if record else []), *([] if first else ["--quiet"])]
    answer = releasing.ask(job, "wait", environment, "--artifact", str(image), "--timeout", timeout, *words)
    if answer.done:
        job.tell(f"{environment} runs {image}")
        return "done"
    if not first and (answer.timed_out or answer.unanswered):
        job.tell(answer.message)
        return "unanswered" if answer.unanswered else "waits"
    if answer.timed_out:
        raise TimeRanOut(f"{environment}: not healthy within {timeout}", answer.message)
    if answer.cause is not None:
        raise Stopped(f"{environment}: the release failed: {answer.cause.splitlines()[0]}", answer.message)
    # By tagbump's word it may be another artifact that is there: whose release that was says its history.
    now = releasing.held(job, environment)
    if now.artifact == str(image):
        raise answer.error(f"{environment}: whether it is live can't be told")
    if releasing.was_proven(job, environment, image):
        return "proven"  # a build that runs again goes on where it was
    raise releasing.overtaken(environment, image, now)


def prove_what_is_there(job: Job, environment: str, besides: Image) -> None:
    """Record what `environment` holds, where it is live: once it holds `besides`, nobody can any more.

    Says nothing where that is not so, or can't be told: it is another build's to wait for it.
    """
    try:
        held = releasing.held(job, environment).artifact
    except Stopped:
        return
    if held is not None and held != str(besides):
        releasing.ask(job, "wait", environment, "--artifact", held, "--timeout", _LOOK, "--record", "--quiet")
