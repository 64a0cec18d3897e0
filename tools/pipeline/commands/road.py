"""road: which road this commit takes."""

from typing import Final

from pipeline import changes, settings
from pipeline.git import Git
from pipeline.job import Job
from pipeline.road import on_branch, on_main
from pipeline.source import released_places

_SHOWN: Final = 5


def road(job: Job) -> str:
    """Return `release`, `checks`, `manifests` or `docs`."""
    git, main = Git(job), settings.branch(job.root)
    target = job.env.get("CHANGE_TARGET") if job.env.get("CHANGE_ID") else None
    branch = job.env.get("BRANCH_NAME") or git.branch()
    if target is None and branch == main:
        overlay = settings.overlay(job.root, settings.entrance(job.root))
        changed, latest = changes.since_released(git, main, overlay), changes.since_made(git, overlay)
        decision = on_main(changed.names, latest.names, released_places(job.root))
        changed = changed if decision.road == "release" else latest
    else:
        changed = changes.beside(git, target or main)
        decision = on_branch(changed.names)
    shown = ", ".join(decision.because[:_SHOWN]) or "nothing"
    more = len(decision.because) - _SHOWN
    job.tell(f"compared with {changed.since}")
    job.tell(f"{decision.road}: {shown} changed" if more <= 0 else f"{decision.road}: {shown} and {more} more changed")
    return decision.road
