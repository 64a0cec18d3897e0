"""The rules' names, apart from the model: the command line needs them before anything else is loaded."""

from typing import Literal

Rule = Literal[
    "skip",
    "rolled-back",
    "digest-changed",
    "older",
    "unproven",
    "soak",
    "approval",
    "four-eyes",
    "frozen",
    "progressing",
]
"""What a refusal can be named after, in the order in which several refusals are told. Each can be lifted."""
