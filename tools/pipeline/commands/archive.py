"""archive: the image of this commit as an OCI archive, or the word that the registry has it."""

from typing import Final

from pipeline import registry, settings
from pipeline.building import build
from pipeline.image import Image, read_archive
from pipeline.job import Job
from pipeline.source import source

_OF_AN_IMAGE: Final = ("image.tar", "image.json", "trivy.json", "report.html", "sbom.cdx.json")


def archive(job: Job) -> str:
    """Build the image, unless the registry has the tag: then its digest is taken, and nothing is built.

    Raises Unreachable where the registry does not say whether it has it, Stopped where the build fails.
    """
    for name in _OF_AN_IMAGE:  # of an earlier build in this workspace
        (job.folder / name).unlink(missing_ok=True)
    repository, commit = settings.repository(job.root), source(job)
    held = registry.digest_of(job, repository, commit)
    if held is None:
        build(job)
        image = Image(repository, commit, read_archive(job.archive).digest, built=True)
        job.tell(f"built {image}")
    else:
        image = Image(repository, commit, held)
        job.tell(f"the registry has it, and nothing is built: {image}")
    image.save(job.folder)
    return ""
