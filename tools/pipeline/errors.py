"""Everything that can end a verb early, each with its exit code.

The codes are those of tagbump where they mean the same, and 10 and up where they mean something else. `make` turns each
of them into 2: they are for who calls a verb without it.
"""


class Stopped(Exception):
    """What stops the pipeline: `summary` in one line, as it stands in a mail's subject, and `detail` for who reads on.

    `report` is a page that says it better, by its name in build/pipeline; None where there is none.
    """

    exit_code = 5

    def __init__(self, summary: str, detail: str = "", *, report: str | None = None) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.report = report


class Bug(Stopped):
    """Something that nobody thought of."""

    exit_code = 1


class Misconfigured(Stopped):
    """A file of this repository, a variable of the job or the words of the command can't be followed."""

    exit_code = 2


class Refused(Stopped):
    """A rule says no, and time does not change that."""

    exit_code = 3


class Unreachable(Stopped):
    """A registry, a git server or a cluster does not answer, or does not let us in; or a program is not there."""

    exit_code = 6


class TimeRanOut(Stopped):
    """What was waited for did not come in time."""

    exit_code = 7


class Found(Stopped):
    """The scanner has found what must not be released."""

    exit_code = 10


class ScannerFailed(Stopped):
    """The scanner did not do its work: nobody knows what is in the image."""

    exit_code = 11


class Overtaken(Stopped):
    """The environment has a newer release: this one's road ends."""

    exit_code = 12
