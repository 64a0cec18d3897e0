"""The rules' names and a few words, apart from the model: the command line needs them before all else is loaded."""

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

UNSIGNED: Final = "is signed by none of the signers"
"""What is said of a release or a proof that does not count where `signers` are named."""

DOES_NOT_COUNT: Final = "does not count: not signed by a signer"
"""The same where there is little room."""
