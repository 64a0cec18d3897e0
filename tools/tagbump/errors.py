"""Everything that can end a run early, each with its exit code, its kind and its sentence.

The exit codes are an interface: the README lists them, and a test holds the two together.
"""

from collections.abc import Mapping


class TagbumpError(Exception):
    """What went wrong and where, and as `hint` the next step (empty where the message says it all).

    A kind of error that names no exit code is of the environment: git could not do what it was asked, which is nothing
    that we or the caller's words did wrong. `details` stand beside the error under `--json`: what was found out before.
    """

    exit_code: int = 6
    kind: str = "unreachable"

    def __init__(self, message: str, *, hint: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details or {}


class Bug(TagbumpError):
    """Something that nobody thought of."""

    exit_code = 1
    kind = "bug"


class UsageError(TagbumpError):
    """The command's words are wrong, or name something that is not there."""

    exit_code = 2
    kind = "usage"


class ConfigurationError(TagbumpError):
    """`tagbump.yaml` or an overlay says something that can't be followed. Names file, line and key."""

    exit_code = 2
    kind = "configuration"


class Refused(TagbumpError):
    """A rule says no. `kind` is the rule's name, and begins the message; the hint says what would lift it."""

    exit_code = 3

    def __init__(self, rule: str, objection: str, *, hint: str = "") -> None:
        super().__init__(f"{rule}: {objection}", hint=hint)
        self.kind = rule
        self.objection = objection


class RaceLost(TagbumpError):
    """The remote kept moving until the time for trying again was over."""

    exit_code = 4
    kind = "race"


class CheckFailed(TagbumpError):
    """What was looked at is not as it should be: by `verify`, by `wait`, or in the registry."""

    exit_code = 5
    kind = "check"


class Unreachable(TagbumpError):
    """A git remote, a cluster or a registry does not answer, does not exist or does not let us in."""


class Rejected(TagbumpError):
    """The remote was reached and said no for good: a hook, a protected branch, a missing permission."""

    kind = "rejected"


class TimeRanOut(TagbumpError):
    """What was waited for did not come in time. `details` has as `state` what it was waiting for."""

    exit_code = 7
    kind = "timeout"


class Interrupted(TagbumpError):
    """A person or a job that was aborted stopped the run."""

    exit_code = 130
    kind = "interrupted"
