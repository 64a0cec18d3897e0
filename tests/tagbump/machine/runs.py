"""Runs of the machine, and what is told of them."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Final, get_args

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tagbump.names import RULE_NAMES
from tests.tagbump.machine.machine import Machine
from tests.tagbump.machine.others import Lie, Words

PLAYS: Final = 10
"""From here on hypothesis makes five plays of six by varying the sixth. Short runs get about, and find in hundreds of
steps what a long one finds in thousands."""

Tally = Counter[tuple[str, str]]

MUST_HAPPEN: Final = (
    *(("refused", rule) for rule in RULE_NAMES),
    *(("lifted", rule) for rule in RULE_NAMES),
    *(("done", what) for what in ("bump", "promote", "rollback", "proof")),
    *(("forged", lie) for lie in get_args(Lie)),
    *((how, f"words {words}") for how in ("written", "merged") for words in get_args(Words)),
    ("frozen", "while the clocks are changed"),
)
"""Without these a run has shown nothing of them."""


def played(steps: int, phases: Sequence[Phase]) -> Tally:
    """Play until so many steps are taken, the same ones each time, and count. Raises what went wrong."""
    Machine.tally.clear()
    chosen = settings(
        max_examples=PLAYS, stateful_step_count=40, phases=phases, deadline=None, database=None,
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in count():
        run_state_machine_as_test(seed(number)(Machine), settings=chosen)
        if steps_of(Machine.tally) >= steps:
            break
    return Counter(Machine.tally)


def steps_of(tally: Tally) -> int:
    return sum(times for (kind, _), times in tally.items() if kind == "steps")


def told(tally: Tally) -> str:
    """Return the tally as lines, one for each kind of thing."""
    kinds: dict[str, list[str]] = {}
    for (kind, what), times in sorted(tally.items(), key=lambda item: -item[1]):
        kinds.setdefault(kind, []).append(f"{what} {times}")
    return "\n".join(f"{kind}: {', '.join(kinds[kind])}" for kind in sorted(kinds))
