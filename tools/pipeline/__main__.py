"""Runs a verb: its result goes to standard output, all else to standard error.

What stops a verb is told, kept in build/pipeline/outcome.json for the mail, and ends it with the exit code of its kind
(errors.py).
"""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pipeline import outcome
from pipeline.commands.address import address
from pipeline.commands.archive import archive
from pipeline.commands.artifact import artifact
from pipeline.commands.live import live
from pipeline.commands.mail import mail
from pipeline.commands.mail_to import mail_to
from pipeline.commands.promote import promote
from pipeline.commands.prove import prove
from pipeline.commands.publish_assets import publish_assets
from pipeline.commands.publish_pages import publish_pages
from pipeline.commands.push import push
from pipeline.commands.release import release
from pipeline.commands.road import road
from pipeline.commands.rollback import rollback
from pipeline.commands.sbom import sbom
from pipeline.commands.scan import scan
from pipeline.commands.verified import verified
from pipeline.commands.web import web
from pipeline.errors import Bug, Stopped
from pipeline.job import Job
from pipeline.programs import masked

PLAIN: Final[Mapping[str, Callable[[Job], str]]] = {
    "road": road, "mail-to": mail_to, "archive": archive, "scan": scan, "sbom": sbom, "push": push,
    "artifact": artifact, "mail": mail, "web": web, "publish-assets": publish_assets, "publish-pages": publish_pages,
}  # fmt: skip
"""The verbs that take no word."""

OF_AN_ENVIRONMENT: Final[Mapping[str, Callable[[Job, str], str]]] = {
    "address": address, "release": release, "live": live, "verified": verified, "promote": promote, "prove": prove,
    "rollback": rollback,
}  # fmt: skip
"""The verbs that take the name of an environment."""


def main(words: Sequence[str]) -> int:
    """Run a verb, and return its exit code."""
    job = Job(Path.cwd(), os.environ, _tell)
    verb = " ".join(words)
    run = _verb(words)
    if run is None:
        _tell("usage: python -m pipeline VERB [ENVIRONMENT]")
        _tell(f"  {', '.join(PLAIN)}; with an environment: {', '.join(OF_AN_ENVIRONMENT)}")
        return 2
    job.folder.mkdir(parents=True, exist_ok=True)
    if verb != "mail":  # which tells what the verb before it left
        outcome.clear(job)
    try:
        said = run(job)
    except Stopped as stopped:
        return _stop(job, verb, stopped)
    except Exception as error:  # noqa: BLE001 - the one place that catches what nobody thought of
        return _stop(job, verb, Bug(f"{verb}: a bug in tools/pipeline: {error!r}", traceback.format_exc()))
    sys.stdout.write(f"{said}\n" if said else "")
    return 0


def _verb(words: Sequence[str]) -> Callable[[Job], str] | None:
    match list(words):
        case [verb] if verb in PLAIN:
            return PLAIN[verb]
        case [verb, environment] if verb in OF_AN_ENVIRONMENT:
            return lambda job: OF_AN_ENVIRONMENT[verb](job, environment)
        case _:
            return None


def _stop(job: Job, verb: str, stopped: Stopped) -> int:
    for words in filter(None, [stopped.summary, stopped.detail]):
        _tell(words)
    outcome.write(job, verb, stopped)
    return stopped.exit_code


def _tell(words: str) -> None:
    for line in masked(words).splitlines():
        sys.stderr.write(f"pipeline: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
