"""artifact: what this build built."""

from pipeline import image
from pipeline.job import Job
from pipeline.source import source


def artifact(job: Job) -> str:
    """Return REPOSITORY:TAG@sha256:<64 hex>. Raises Misconfigured where `archive` kept none of this commit."""
    return str(image.load(job.folder, source(job)))
