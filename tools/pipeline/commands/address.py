"""address ENV: where the service of an environment is reached."""

from pipeline import settings
from pipeline.job import Job


def address(job: Job, environment: str) -> str:
    """Return its URL, as k8s/overlays name its host."""
    return settings.address(job.root, environment)
