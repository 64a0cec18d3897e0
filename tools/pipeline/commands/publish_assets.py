"""publish-assets: what never changes under its name, before a version that may ask for it is live."""

from pipeline import publishing
from pipeline.job import Job


def publish_assets(job: Job) -> str:
    """Have the assets of the site on S3."""
    with publishing.of_commit(job) as found:
        publishing.publish_assets(job, found)
    return ""
