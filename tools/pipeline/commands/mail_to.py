"""mail-to: who hears of what failed."""

from pipeline import settings
from pipeline.job import Job


def mail_to(job: Job) -> str:
    """Return the addresses, in one line."""
    return settings.mail_to(job.root)
