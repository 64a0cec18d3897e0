"""web: whether there is a site to publish."""

from pipeline import publishing, site
from pipeline.job import Job


def web(job: Job) -> str:
    """Return `yes` or `no`. Raises Misconfigured now, and not in front of prod, where it could not be published."""
    if not site.is_there(job.root):
        return "no"
    with publishing.of_commit(job) as found:
        job.tell(f"{len(found.assets)} assets, {len(found.pages)} pages and {len(found.others)} others to publish")
    return "yes"
