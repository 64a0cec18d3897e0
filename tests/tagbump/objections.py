"""What one rule says against a case, asked of that rule alone."""

from tagbump.names import Rule
from tagbump.promotion.rules import RULES
from tagbump.state import Case


def objection(rule: Rule, to: Case) -> str | None:
    """Return what the rule says against a case; None where it says nothing."""
    found = RULES[rule](to)
    return None if found is None else found.message


def way_out(rule: Rule, of: Case) -> str:
    found = RULES[rule](of)
    assert found is not None
    return found.hint
