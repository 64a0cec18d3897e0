"""Who is in the story. Nobody real: roles, at example.com."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Person:
    """A name and an address, as git writes them down."""

    name: str
    email: str


DANA: Final = Person("Dana Developer", "dana@example.com")
DEVI: Final = Person("Devi Developer", "devi@example.com")
PAT: Final = Person("Pat Platform", "pat@example.com")
REMY: Final = Person("Remy Reviewer", "remy@example.com")
OLU: Final = Person("Olu Operator", "olu@example.com")
MERGE_QUEUE: Final = Person("Merge Queue", "merge-queue@example.com")
PIPELINE: Final = Person("Release Pipeline", "pipeline@example.com")
"""Who tagbump commits as: in earnest it is Jenkins, whoever approves."""
