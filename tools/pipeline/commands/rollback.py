"""rollback ENV: back to the release before, where this one failed by itself."""

from typing import Final

from pipeline import releasing
from pipeline.image import Image
from pipeline.job import Job

_LOOK: Final = "10s"  # by feel: enough for a cluster to say that a release has failed
_LONGEST_CAUSE: Final = 300  # tagbump takes a reason of 500 characters, and the build's address goes in too


def rollback(job: Job, environment: str, *, look: str = _LOOK) -> str:
    """Have tagbump roll back what this build released and what failed, and return `done`.

    Returns `unanswered` where cluster or repository do not answer. A stage also fails because somebody ends it, or an
    agent dies: then there is nothing to roll back. Raises Stopped where it can't be told whether the release failed: a
    person has to look.
    """
    image = job.artifact()
    seen = releasing.ask(job, "wait", environment, "--artifact", str(image), "--timeout", look, "--quiet")
    if seen.unanswered:
        job.tell(seen.message)
        return "unanswered"
    if seen.cause is None:
        _be_certain(job, environment, image, seen)
        job.tell(f"nothing to roll back, the release itself has not failed: {seen.message or 'it is live'}")
        return "done"
    cause = " ".join(seen.cause.split())[:_LONGEST_CAUSE]
    reason = f"{cause}, build {job.url}" if job.url else cause
    # Nobody looks where it leads: not to a version that never ran there, nor to one that its canary threw out.
    answer = releasing.ask(job, "rollback", environment, "--from", str(image), "--proven", "--reason", reason)
    if answer.unanswered:
        job.tell(answer.message)
        return "unanswered"
    if not answer.done:
        raise answer.error(f"{environment}: the rollback failed")
    job.tell(f"{environment} goes back to {answer.document['after']}: {cause}")
    return "done"


def _be_certain(job: Job, environment: str, image: Image, seen: releasing.Answer) -> None:
    """Raise Stopped unless `seen` says of `image` in `environment` that it has not failed, or is there no more."""
    if seen.done or seen.timed_out:
        return
    if releasing.held(job, environment).artifact == str(image):
        raise seen.error(f"{environment}: not rolled back: whether the release failed can't be told")
