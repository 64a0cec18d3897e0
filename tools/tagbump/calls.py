"""Turns the parsed command line into the call of a verb.

What a verb needs is imported when it is called: `--help` answers at the speed of argparse, and a bump does not wait
for what only the board needs.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tagbump.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tagbump.repo import Repo
    from tagbump.report import Report


_SAID_WELL = {
    "--reason": 'say why in one line: --reason "checkout answers 500"',
    "--approved-by": "name a person: --approved-by grace",
}

Tell = Callable[[str], None]
"""Takes one line of progress."""


Call = Callable[[argparse.Namespace, Tell], "Report"]
"""What a subparser names: the options and where progress goes to, in; what there is to print, out."""


def bump(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.model import Artifact
    from tagbump.repository import addresses

    artifact = Artifact.parse(options.artifact)
    source = addresses.check_commit(options.source)
    reason = _reason(options)
    with _arriving(options, "bump") as repo:
        from tagbump.commands.bump import bump

        return bump(
            repo, options.environment, artifact, source,
            reason=reason, overrides=options.override, registry_check=options.registry_check,
            dry_run=options.dry_run, retry_for=options.retry_for,
        )  # fmt: skip


def promote(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.model import Artifact

    artifact = Artifact.parse(options.artifact) if options.artifact is not None else None
    reason, approved_by = _reason(options), _said("--approved-by", options.approved_by)
    with _arriving(options, "promote") as repo:
        from tagbump.commands.promote import promote

        return promote(
            repo, options.environment, artifact=artifact, approved_by=approved_by,
            reason=reason, overrides=options.override, registry_check=options.registry_check,
            dry_run=options.dry_run, retry_for=options.retry_for,
        )  # fmt: skip


def rollback(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.rollback import rollback
    from tagbump.model import Artifact

    held = Artifact.parse(options.held) if options.held is not None else None
    reason, approved_by = _said("--reason", options.reason), _said("--approved-by", options.approved_by)
    if reason is None:
        raise UsageError("a rollback says why", hint="--reason TEXT")
    if options.proven and options.to is not None:
        raise UsageError("--to names a release: --proven looks for one", hint="one of the two")
    with _repo(options) as repo:
        return rollback(
            repo, options.environment, reason=reason, to=options.to, held=held, proven=options.proven,
            approved_by=approved_by, dry_run=options.dry_run, retry_for=options.retry_for,
        )  # fmt: skip


def status(options: argparse.Namespace, tell: Tell) -> "Report":
    from pathlib import Path

    from tagbump.commands.status import status

    with _repo(options) as repo:
        report = status(repo)
    if options.html is not None:
        try:
            Path(options.html).write_text(report.html(), encoding="utf-8")
        except OSError as error:
            hint = "name a file in a folder that is there, such as --html board.html"
            raise UsageError(f"--html {options.html}: {error.strerror}", hint=hint) from error
        tell(f"wrote {options.html}")
    return report


def history(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.history import history

    with _repo(options) as repo:
        return history(repo, options.environment)


def diff(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.diff import diff

    with _repo(options) as repo:
        return diff(repo, options.source, options.target)


def verify(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.verify import verify

    with _repo(options) as repo:
        return verify(repo, options.environments)


def wait(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.wait import wait
    from tagbump.model import Artifact

    artifact = Artifact.parse(options.artifact) if options.artifact is not None else None
    with _repo(options) as repo:
        return wait(
            repo, options.environment,
            artifact=artifact, url=options.url, record=options.record, timeout=options.timeout, tell=tell,
        )  # fmt: skip


def completion(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.completion import completion

    return completion(options.parser, options.shell)


def schema(options: argparse.Namespace, tell: Tell) -> "Report":
    from tagbump.commands.schema import schema

    return schema(options.of)


def _repo(options: argparse.Namespace) -> "AbstractContextManager[Repo]":
    from tagbump.repo import repository

    return repository(options.repo, options.branch, cached=not options.no_cache)


@contextmanager
def _arriving(options: argparse.Namespace, verb: str) -> "Iterator[Repo]":
    """Give the repository, looked at already: the journey takes about as long as loading what `verb` needs."""
    import importlib
    import threading

    with _repo(options) as repo:
        threading.Thread(target=importlib.import_module, args=(f"tagbump.commands.{verb}",), daemon=True).start()
        repo.remote.arrive_ahead(repo.branch)
        yield repo


def _reason(options: argparse.Namespace) -> str | None:
    reason = _said("--reason", options.reason)
    if options.override and reason is None:
        raise UsageError(f"lifting a rule ({', '.join(options.override)}) takes a reason", hint="--reason TEXT")
    return reason


def _said(option: str, text: str | None) -> str | None:
    from tagbump.repository import commits

    try:
        return None if text is None else commits.sayable(option, text)
    except UsageError as error:
        error.hint = _SAID_WELL[option]
        raise
