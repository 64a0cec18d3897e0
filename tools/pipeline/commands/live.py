"""live ENV: whether the environment runs what this build built."""

from pipeline import waiting
from pipeline.job import Job


def live(job: Job, environment: str) -> str:
    """Return `done`, `proven`, `waits` or `unanswered`, and raise, as waiting.live does."""
    return waiting.live(job, environment, record=False)
