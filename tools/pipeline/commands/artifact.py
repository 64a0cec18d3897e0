"""artifact: what this build built."""

from pipeline import image
from pipeline.git import Git
from pipeline.job import Job


def artifact(job: Job) -> str:
    """Return REPOSITORY:TAG@sha256:<64 hex>."""
    return str(image.load(job.folder, Git(job).commit()))
