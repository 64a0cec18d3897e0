"""The rules' names, apart from the model: the command line needs them before anything else is loaded."""

from typing import Final, Literal, get_args

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
"""What a refusal can be named after. Each can be lifted."""

RULE_NAMES: Final[tuple[Rule, ...]] = get_args(Rule)
"""The rules in the order in which they are asked, and in which several refusals are told: it stands here alone."""
