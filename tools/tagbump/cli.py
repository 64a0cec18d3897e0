"""Arguments in; text or JSON and an exit code out. The one module that prints."""

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence

from tagbump import arguments, calls
from tagbump.errors import Interrupted, TagbumpError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code. Nothing is raised, and nothing but this module prints."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal has no letters for is no failure
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # an aborted job clears up like an interrupted person
        options = arguments.parser().parse_args(words)
        _set_up_logging(options)
        _show(options)
        sys.stdout.flush()
    except TagbumpError as error:
        return _complain(error, as_json=as_json)
    except KeyboardInterrupt:
        return _complain(Interrupted("interrupted", hint="run it again: it ends in the same place"), as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. What was asked for is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is told as one, with an exit code of its own
        if "-v" in words or "--verbose" in words:
            sys.excepthook(type(error), error, error.__traceback__)
        message = f"this is a bug in tagbump: {type(error).__name__}: {error}"
        return _complain(TagbumpError(message, hint="run it again with -v, and report what it prints"), as_json=as_json)
    return 0


def _show(options: argparse.Namespace) -> None:
    """Run the verb and print what it reports. Raises what it raises, and the failure that the report amounts to."""
    report: calls.Report = options.run(options, _tell(options))
    failure: TagbumpError | None = getattr(report, "failure", None)
    if options.json:
        if failure:
            failure.details = report.document()
            raise failure
        print(_json(report.document()))
        return
    for line in options.show(report, colour=_colours()):
        print(line)
    if failure:
        sys.stdout.flush()  # what was found comes before what it amounts to, in a log that holds both streams
        raise failure


def _tell(options: argparse.Namespace) -> calls.Tell:
    """Return what verbs that take long tell their progress to: standard error, unless asked to be quiet."""
    return (lambda _: None) if options.quiet else (lambda line: print(line, file=sys.stderr, flush=True))


def _complain(error: TagbumpError, *, as_json: bool) -> int:
    if as_json:
        said = {"exit_code": error.exit_code, "kind": error.kind, "message": error.message, "hint": error.hint}
        print(_json({**error.details, "error": said}))
    else:
        print(f"tagbump: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  next: {error.hint}", file=sys.stderr)
    return error.exit_code


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=True)


def _colours() -> bool:
    """Say whether colours are wanted: on a terminal, unless NO_COLOR or a dumb terminal says otherwise."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _set_up_logging(options: argparse.Namespace) -> None:
    import logging  # noqa: PLC0415 - `--help` must not pay for it

    level = logging.DEBUG if options.verbose else logging.ERROR if options.quiet else logging.WARNING
    logging.basicConfig(level=level, format="tagbump: %(message)s", stream=sys.stderr)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its retries would speak between our lines


if __name__ == "__main__":
    sys.exit(main())
