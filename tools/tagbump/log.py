"""What is said along the way, on standard error, by `logging`: it is loaded when there is something to say."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

_verbose = False
_quiet = False


def set_up(*, verbose: bool, quiet: bool) -> None:
    """Choose how much is said: warnings, all there is, or nothing. Before it is called it is the first."""
    global _verbose, _quiet
    _verbose, _quiet = verbose, quiet


def debug(words: str, *values: object) -> None:
    """Say what helps to find a fault."""
    if _verbose:
        logger().debug(words, *values)


def info(words: str, *values: object) -> None:
    """Say what happened that is nothing to worry about."""
    if _verbose:
        logger().info(words, *values)


def warning(words: str, *values: object) -> None:
    """Say what a person should know."""
    if not _quiet:
        logger().warning(words, *values)


def logger() -> "logging.Logger":
    """Return the logger of the standard library, with its root set up: what libraries say goes the same way."""
    import logging  # noqa: PLC0415 - see above

    from tagbump import plain  # noqa: PLC0415

    class Visible(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            # Names and servers' words are somebody else's, and what reads a log is a terminal.
            return "\n".join(map(plain.visible, super().format(record).split("\n")))

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Visible("tagbump: %(message)s"))
    level = logging.DEBUG if _verbose else logging.ERROR if _quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its retries would speak between our lines
    logging.getLogger("kubernetes").setLevel(logging.WARNING)  # it would log whole answers
    return logging.getLogger("tagbump")
