"""What a verb that failed leaves behind for the mail: build/pipeline/outcome.json."""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import Stopped
from pipeline.job import Job


def clear(job: Job) -> None:
    """Forget what an earlier verb left."""
    (job.folder / "outcome.json").unlink(missing_ok=True)


def write(job: Job, verb: str, stopped: Stopped) -> None:
    said = {"verb": verb, "summary": stopped.summary, "detail": stopped.detail, "build": job.url}
    said |= {"report": stopped.report} if stopped.report else {}
    (job.folder / "outcome.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def read(job: Job) -> Mapping[str, Any] | None:
    """Return what was left by this build; None where nothing was, or only by another one in this workspace.

    What a verb was killed in the middle of writing is nothing too: the mail has to go out.
    """
    try:
        said: Mapping[str, Any] = json.loads((job.folder / "outcome.json").read_text(encoding="utf-8"))
        return said if said["build"] == job.url else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
