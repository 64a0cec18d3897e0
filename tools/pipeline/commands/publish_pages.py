"""publish-pages: the whole site, once the version that its pages ask is live."""

from pipeline import publishing
from pipeline.job import Job


def publish_pages(job: Job) -> str:
    """Have the site on S3, its pages last, and CloudFront serve no earlier ones."""
    with publishing.of_commit(job) as found:
        publishing.publish_pages(job, found)
    return ""
