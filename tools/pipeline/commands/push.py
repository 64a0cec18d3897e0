"""push: the very manifest that was scanned, under the commit's tag."""

from pipeline import image, registry
from pipeline.job import Job
from pipeline.source import source


def push(job: Job) -> str:
    """Have the image in the registry, by its digest.

    Raises Misconfigured where its archive is not what was scanned, Refused where the tag has another digest,
    Unreachable where the registry does not answer.
    """
    pushed = image.load(job.folder, source(job))
    if pushed.built:
        image.check_archive(job.archive, pushed)
    registry.publish(job, pushed, f"oci-archive:{job.archive}")
    return ""
