"""promote ENV: exactly what this build built and a person approved."""

from pipeline import releasing
from pipeline.job import Job


def promote(job: Job, environment: str) -> str:
    """Have tagbump promote, and return `done`, `waits` where nothing but time is missing, or `unanswered`.

    Raises Overtaken where `environment` has a newer build, Refused where another rule says no.
    """
    image, approver = job.artifact(), job.approver(environment)
    answer = releasing.ask(job, "promote", environment, "--artifact", str(image), "--approved-by", approver)
    if answer.code == 0:
        job.tell(f"{environment} has {image}, approved by {approver}")
        return "done"
    if answer.rules and answer.rules <= releasing.BY_TIME:
        job.tell(answer.message)
        return "waits"
    if answer.unanswered:
        job.tell(answer.message)
        return "unanswered"
    if "older" in answer.rules and releasing.has_proven(job, environment, image):
        return "done"  # a build that runs again goes on where it was
    raise releasing.refusal(job, environment, image, answer)
