"""The source commit of what is released: not the head, but the last one that changed anything of it.

A release commit on top of a merge is of the same source as the merge: both are built to one image, under one tag, and
end in one release.
"""

from pathlib import Path
from typing import Final

from pipeline import settings
from pipeline.errors import Unreachable
from pipeline.git import Git
from pipeline.job import Job
from pipeline.road import released

_IGNORED: Final = ".dockerignore"


def released_places(root: Path) -> list[str]:
    """Return the files and folders that what is released is made of, as road.released() has them."""
    file = root / _IGNORED
    return list(released(file.read_text(encoding="utf-8") if file.exists() else ""))


def source(job: Job) -> str:
    """Return the commit that the image of this build is named by: 40 hex digits.

    It is the newest of its line that touched an input; a merge brings all that its branch does. Raises Unreachable
    where the history is not here.
    """
    git = Git(job)
    if not git.make_whole(settings.branch(job.root)):
        raise Unreachable("which commit the image is of can't be told", "the checkout is shallow, and stays so")
    places = [f":(top){place}" for place in released_places(job.root)]
    return git.ask("log", "--first-parent", "-1", "--format=%H", "HEAD", "--", *places) or git.commit()
