"""What must come of what somebody asks for, by the ledger and the words of the contract alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tagbump.model import Artifact, Kind
from tests.tagbump.machine.cast import HISTORY, JOINED_NAMES, PLACEHOLDER, WROTE, Caller, Name
from tests.tagbump.machine.clocks import is_frozen
from tests.tagbump.machine.demands import FROM
from tests.tagbump.machine.ledger import Ledger, made


@dataclass(frozen=True)
class Asked:
    """What somebody asks for. `artifact` None stands for what `from` has."""

    kind: Kind
    environment: str
    by: Caller
    artifact: Artifact | None = None
    source: str | None = None
    approver: Name | None = None
    lift: frozenset[str] = frozenset()

    @property
    def is_meant(self) -> bool:
        """Say whether this is the verb for that environment."""
        return self.kind == made(self.environment)


@dataclass(frozen=True)
class Verdict:
    """What comes of it: an artifact, or the rules that stand in its way in their order, or another error.

    `lifted` are the rules that objected and were lifted.
    """

    after: Artifact | None = None
    refused: tuple[str, ...] = ()
    error: str = ""
    lifted: tuple[str, ...] = ()


def verdict(ledger: Ledger, asked: Asked, now: datetime) -> Verdict:
    """Say what must come of a bump or a promotion."""
    previous, artifact = FROM[asked.environment], meant(ledger, asked)
    if not asked.is_meant:
        return Verdict(error="usage") if previous is None else Verdict(refused=("skip",))
    if artifact is None:
        return Verdict(error="configuration") if previous in ledger.halved else Verdict(refused=("skip",))
    if artifact == ledger.held[asked.environment]:
        return Verdict(artifact)
    objecting = tuple(objections(ledger, asked, now))
    standing = tuple(rule for rule in objecting if rule not in asked.lift or not _may_lift(ledger, asked, rule))
    return Verdict(refused=standing) if standing else Verdict(artifact, lifted=objecting)


def way_back(ledger: Ledger, name: str, to: str | None) -> Verdict:
    """Say where a rollback must go: to the release it names, else to the newest that is another and was no mistake."""
    held = ledger.held[name]
    if to is not None:
        found = [entry.after for entry in ledger.of(name) if entry.commit == to]
    else:
        no_way = {held.digest if held else "", PLACEHOLDER.digest, *ledger.refused[name, name]}
        found = [entry.after for entry in ledger.of(name) if entry.after and entry.after.digest not in no_way]
    return Verdict(found[0]) if found and found[0] else Verdict(error="usage")


def meant(ledger: Ledger, asked: Asked) -> Artifact | None:
    """Return the artifact that is asked for; None where `from` has none."""
    previous = FROM[asked.environment]
    return asked.artifact or (ledger.held[previous] if previous else None)


def source(ledger: Ledger, asked: Asked) -> str | None:
    """Return the commit that it was built from; None where nobody said so."""
    artifact = meant(ledger, asked)
    return asked.source if asked.kind == "bump" else ledger.sources.get(artifact) if artifact else None


def objections(ledger: Ledger, asked: Asked, now: datetime) -> Iterator[str]:
    """Yield the rules that object to what is asked for, in the order in which they are told."""
    artifact, demand = meant(ledger, asked), ledger.demands[asked.environment]
    if artifact is None or not asked.is_meant:
        return
    yield from _against_the_artifact(ledger, asked, artifact)
    previous = FROM[asked.environment]
    if previous:
        proven_at = ledger.proven_at(previous, artifact)
        if proven_at is None:
            yield "unproven"
        elif now < proven_at + demand.soak:
            yield "soak"
        yield from against_the_approval(ledger, asked)
    if is_frozen(demand.windows, now):
        yield "frozen"
    if demand.application and ledger.progressing:
        yield "progressing"


def _against_the_artifact(ledger: Ledger, asked: Asked, artifact: Artifact) -> Iterator[str]:
    name, previous = asked.environment, FROM[asked.environment]
    if previous and not ledger.had(previous, artifact):
        yield "skip"
    if artifact.digest in ledger.refused_in(name):
        yield "rolled-back"
    if ledger.digests_like(artifact) - {artifact.digest}:
        yield "digest-changed"
    if _is_older(ledger, asked):
        yield "older"


def against_the_approval(ledger: Ledger, asked: Asked) -> Iterator[str]:
    """Yield what there is against who approved, or against nobody having done so."""
    demand, who = ledger.demands[asked.environment], asked.approver
    if demand.approvers is not None:
        if who is None or not _is_listed(ledger, who.whole, demand.approvers):
            yield "approval"
    elif demand.approval != "none" and (who is None or not who.whole):
        yield "approval"
    if demand.approval == "four-eyes" and who is not None and _is_own(ledger, who, asked):
        yield "four-eyes"


def _is_older(ledger: Ledger, asked: Asked) -> bool:
    new = source(ledger, asked)
    rivals = _befores(ledger, asked) - {None, new}
    return any(new not in HISTORY or rival not in HISTORY or new in HISTORY[rival] for rival in rivals if rival)


def _is_own(ledger: Ledger, who: Name, asked: Asked) -> bool:
    """Say whether `who` wrote some of what is new, or whether that can't be told."""
    new, befores = source(ledger, asked), _befores(ledger, asked)
    if new is None or not {new, *filter(None, befores)} <= HISTORY.keys():
        return True
    person = who.joined if ledger.joined else who.person
    passed = frozenset.intersection(*(HISTORY[before] if before else frozenset() for before in befores))
    return any(person in WROTE[commit] for commit in HISTORY[new] - passed)


def _befores(ledger: Ledger, asked: Asked) -> set[str | None]:
    """Return the sources that it is compared with: that of what is there, and that of what a signer put there."""
    name = asked.environment
    held = ledger.held[name]
    befores = {ledger.sources.get(held) if held else None}
    if ledger.demands[name].signers:
        befores |= set([entry.source for entry in ledger.of(name) if entry.source][:1])
    return befores


def _may_lift(ledger: Ledger, asked: Asked, rule: str) -> bool:
    """Say whether who approved, or else who asks, is named by the environment for this rule."""
    overrides = ledger.demands[asked.environment].overrides
    whole = asked.approver.whole if asked.approver else asked.by.whole
    return overrides is None or _is_listed(ledger, whole, dict(overrides).get(rule, ()))


def _is_listed(ledger: Ledger, whole: frozenset[str], listed: tuple[str, ...]) -> bool:
    names = whole | JOINED_NAMES if ledger.joined and whole & JOINED_NAMES else whole
    return bool(names & set(listed))
