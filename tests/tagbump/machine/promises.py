"""What holds of everything that tagbump changes, whatever happened before: what the rules are there for.

That history is never rewritten is seen to where it is written, in `Play.keep`.
"""

from collections.abc import Collection

from tagbump.state import Plan
from tests.tagbump.machine.demands import FROM
from tests.tagbump.machine.ledger import Ledger


def hold_of_a_release(ledger: Ledger, plan: Plan, lifted: Collection[str]) -> None:
    """See that an environment may be given what it is given, with no rules lifted in sight but `lifted`."""
    name, given, previous = plan.environment, plan.after, FROM[plan.environment]
    if previous:
        assert "unproven" in lifted or ledger.proven_at(previous, given), f"{previous} never proved {given}"
        assert "skip" in lifted or ledger.had(previous, given), f"{previous} never had {given}"
    others = ledger.digests_like(given) - {given.digest}
    assert "digest-changed" in lifted or not others, f"the tag of {given} had another digest: {others}"
    left = given.digest in ledger.refused_in(name)
    assert "rolled-back" in lifted or not left, f"{given} comes back to {name}, and nobody asked for that"


def hold_of_a_rollback(ledger: Ledger, plan: Plan) -> None:
    """See that an environment goes back to what it had."""
    had = {entry.after for entry in ledger.of(plan.environment)}
    assert plan.after in had, f"{plan.environment} goes back to {plan.after}, which it never had"
