"""live ENV: whether the environment runs what this build built."""

from pipeline import waiting
from pipeline.job import Job


def live(job: Job, environment: str) -> str:
    """Return `done`, or `waits` where a person or time is missing."""
    return waiting.live(job, environment, record=False)
