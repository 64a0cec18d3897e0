"""Arguments in; text or JSON and an exit code out. The one module that prints."""

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence

from tagbump import arguments, log, parsing
from tagbump.errors import Bug, Interrupted, TagbumpError, Unreachable, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tagbump.calls import Tell
    from tagbump.report import Report


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb, or answer `--help` or `--version`, and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _set_up_streams()
    try:
        _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. What was asked for is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: no run ends in a traceback
        told = _told(error)
        if isinstance(told, Bug) and ("-v" in words or "--verbose" in words):
            sys.excepthook(type(error), error, error.__traceback__)
        return _complain(told, as_json="--json" in words)
    return 0


def _run(words: Sequence[str]) -> None:
    try:
        options = arguments.parser().parse_args(words)
    except parsing.Asked as asked:
        # What makes the verbs' objects makes this one: a program that asks is to need no second parser.
        sys.stdout.write(f"{_json(asked.document)}\n" if "--json" in words else asked.text)
        return
    _set_up_signals()
    log.set_up(verbose=options.verbose, quiet=options.quiet)
    _show(options)


def _told(error: BaseException) -> TagbumpError:
    """Return the error that is told for whatever ended the run."""
    if isinstance(error, TagbumpError):
        if error.exit_code == Unreachable.exit_code and not error.hint:
            error.hint = "run it again: with -v it shows each git command, with --no-cache it needs nothing kept here"
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("interrupted", hint="run it again: it ends in the same place")
    if isinstance(error, OSError):
        # A cache that can't be written, a full disk, a folder that is gone: told by its name, and no bug of ours.
        _give_up_output()
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        return UsageError(said, hint="make room or give access there, or name another place")
    message = f"this is a bug in tagbump: {type(error).__name__}: {error}"
    return Bug(message, hint="run it again with -v, and report what it prints")


def _set_up_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: what is said is lost, and must not go elsewhere
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal has no letters for is no failure


def _set_up_signals() -> None:
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an aborted job clears up like an interrupted person


def _give_up_output() -> None:
    """Let what can't be written be lost: Python would try again at the end, and exit with a status of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _show(options: argparse.Namespace) -> None:
    """Run the verb and print what it reports. Raises what it raises, and the failure that the report amounts to."""
    report: Report = options.run(options, _tell(options))
    failure = report.failure
    if options.json:
        if failure:
            failure.details = report.as_json()
            raise failure
        print(_json(report.as_json()))
    else:
        for line in report.lines(colour=_colours()):
            print(line if report.coloured else _visible(line))
    sys.stdout.flush()  # what was found comes before what it amounts to, in a log that holds both streams
    if failure:
        raise failure
    report.told()


def _tell(options: argparse.Namespace) -> "Tell":
    """Return what verbs that take long tell their progress to: standard error, unless asked to be quiet."""
    return (lambda _: None) if options.quiet else (lambda line: print(_visible(line), file=sys.stderr, flush=True))


def _complain(error: TagbumpError, *, as_json: bool) -> int:
    if as_json:
        said = {"exit_code": error.exit_code, "kind": error.kind, "message": error.message, "hint": error.hint}
        print(_json({**error.details, "error": said}))
    else:
        for line in f"tagbump: {error.message}".split("\n"):
            print(_visible(line), file=sys.stderr)
        if error.hint:
            first, *more = error.hint.split("\n")
            for line in (f"  next: {first}", *(f"        {line}" for line in more)):
                print(_visible(line), file=sys.stderr)
    return error.exit_code


def _visible(line: str) -> str:
    from tagbump import plain

    return plain.visible(line)


def _json(document: Mapping[str, object]) -> str:
    import json

    return json.dumps(document, ensure_ascii=True)


def _colours() -> bool:
    """Say whether colours are wanted: on a terminal, unless NO_COLOR or a dumb terminal says otherwise."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
