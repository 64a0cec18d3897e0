"""promote ENV: exactly what this build built and a person approved."""

from pipeline import releasing, settings, waiting
from pipeline.job import Job


def promote(job: Job, environment: str) -> str:
    """Have tagbump promote, and return `done`, `waits` where nothing but time is missing, or `unanswered`.

    Where nothing comes after `environment`, what it holds is proven first, if it is live: the build that waits for it
    looks every few minutes, and a rollback leads to nothing that has no proof. Where something comes after, a proof
    takes more than that.

    Raises Overtaken where `environment` has a newer build, Refused where another rule says no.
    """
    image, approver = job.artifact(), job.approver(environment)
    if settings.after(job.root, environment) is None:
        waiting.prove_what_is_there(job, environment, image)
    answer = releasing.ask(job, "promote", environment, "--artifact", str(image), "--approved-by", approver)
    if answer.done:
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
