"""What a verb has to say, in both tongues."""

from abc import ABC, abstractmethod
from typing import ClassVar

from tagbump.errors import TagbumpError


class Report(ABC):
    """The result of a verb: one JSON object for machines, lines for people."""

    coloured: ClassVar[bool] = False
    """Whether `lines` may hold colours, and has made everything else in them harmless itself."""

    @property
    def failure(self) -> TagbumpError | None:
        """The error that what was found amounts to; None where all is well."""
        return None

    @abstractmethod
    def as_json(self) -> dict[str, object]:
        """Return the object that `--json` prints."""

    @abstractmethod
    def lines(self, *, colour: bool) -> list[str]:
        """Return what people read on standard output."""

    def told(self) -> None:  # noqa: B027 - most have nothing to do then
        """Take note that what it says has reached the caller."""
