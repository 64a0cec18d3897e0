"""Measures one thing beside others: a round has each of them once, so that what else the machine does hits them all."""

from collections.abc import Callable, Mapping

Sides = Mapping[str, Callable[[], float]]
"""What is measured, by name: each call measures once and returns seconds."""


def interleaved(
    rounds: int, sides: Sides, tell: Callable[[str], None], *, in_turn: bool = True
) -> dict[str, list[float]]:
    """Measure each side once a round, and return what they took, by name, in the order of the rounds.

    `in_turn` begins each round with another side: whoever comes second may find the machine warmer. Not so where one
    side works on what another made.
    """
    names = list(sides)
    took: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        start = number % len(names) if in_turn else 0
        for name in names[start:] + names[:start]:
            took[name].append(sides[name]())
    return took
