"""verified ENV: a second tag on the same digest, for who looks into the registry."""

from dataclasses import replace

from pipeline import registry
from pipeline.job import Job


def verified(job: Job, environment: str) -> str:
    """Have the tag `verified-ENV-<commit>` on the artifact.

    Raises Refused where that tag has another digest, Unreachable where the registry does not answer.
    """
    image = job.artifact()
    second = replace(image, tag=f"verified-{environment}-{image.tag}")
    registry.publish(job, second, f"docker://{image.repository}@{image.digest}")
    return ""
