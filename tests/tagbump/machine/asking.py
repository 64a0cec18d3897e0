"""Asks tagbump: what somebody asks for as the rules take it, and what they say of it as the judge has it."""

import re
from typing import TYPE_CHECKING, Final, Literal, cast

from tagbump import gather
from tagbump.errors import ConfigurationError, Refused, UsageError
from tagbump.model import Release
from tagbump.names import RULE_NAMES, Rule
from tagbump.promotion import decisions
from tagbump.state import Bump, Case, Plan, Promotion, Request, State
from tests.tagbump.machine.cast import Sources
from tests.tagbump.machine.judge import Asked, Verdict
from tests.tagbump.machine.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagbump.repository.remote import Remote

Lift = Literal["nothing", "what objects", "all but the first", "all but the last", "what does not object", "everything"]
REASON: Final = "it is: urgent"
_SOURCES: Final = cast("Remote", Sources())


def decide(state: State, asked: Asked, *, progressing: bool | None) -> tuple[Plan | None, Verdict]:
    """Return what must change, if anything may, and the same as a verdict. `progressing` is what the cluster says."""
    request = _request(asked)
    try:
        chosen = decisions.candidate(state, request)
        told = progressing if chosen.environment.application else None
        plan = decisions.decide(Case(state, request, chosen, gather.lineage(_SOURCES, chosen), told))
    except Refused as error:
        also = re.findall(r"^also ([a-z-]+): ", error.message, re.MULTILINE)
        return None, Verdict(refused=(error.kind, *also))
    except (UsageError, ConfigurationError) as error:
        return None, Verdict(error=error.kind)
    return plan, Verdict(plan.after, lifted=tuple(rule for name, rule in plan.trailers if name == "Override"))


def way_back(state: State, name: str, to: str | None) -> tuple[Plan | None, Verdict]:
    """Return the same for a rollback of the environment `name`."""
    try:
        plan = decisions.roll_back(state, name, to, reason=REASON, approved_by=None)
    except UsageError as error:
        return None, Verdict(error=error.kind)
    return plan, Verdict(plan.after)


def to_lift(objecting: list[str], lift: Lift) -> frozenset[str]:
    """Return the rules to be lifted, where these object."""
    chosen: dict[Lift, Sequence[str]] = {
        "nothing": [],
        "what objects": objecting,
        "all but the first": objecting[1:],
        "all but the last": objecting[:-1],
        "what does not object": [rule for rule in RULE_NAMES if rule not in objecting],
        "everything": RULE_NAMES,
    }
    return frozenset(chosen[lift])


def read_back(release: Release, key: str | None) -> Entry:
    """Return what tagbump reads of its own commit, as the ledger would have it."""
    return Entry(
        release.environment, release.commit, release.before, release.artifact, release.released_at, key, release.kind,
        frozenset(release.overrides), release.source,
    )  # fmt: skip


def _request(asked: Asked) -> Request:
    name, by, reason = asked.environment, asked.by.names, REASON if asked.lift else None
    overrides = cast("frozenset[Rule]", asked.lift)
    if asked.kind == "bump" and asked.artifact is not None and asked.source is not None:
        return Bump(
            environment=name, artifact=asked.artifact, source=asked.source, reason=reason, overrides=overrides, by=by
        )
    who = asked.approver.text if asked.approver else None
    return Promotion(
        environment=name, artifact=asked.artifact, approved_by=who, reason=reason, overrides=overrides, by=by
    )
