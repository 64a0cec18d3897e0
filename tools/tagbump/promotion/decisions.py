"""From what is so and what is asked to what must change, or to a refusal. Pure."""

from collections.abc import Sequence
from typing import Final

from tagbump.errors import Refused, UsageError
from tagbump.model import Artifact, Environment, Proof, Release
from tagbump.names import RULE_NAMES, Rule
from tagbump.promotion import people
from tagbump.promotion.evidence import left_behind, proof_of
from tagbump.promotion.rules import RULES, Objection
from tagbump.state import Candidate, Case, Plan, Promotion, Request, State

_BIND_A_BUMP: Final[frozenset[Rule]] = frozenset({"rolled-back", "digest-changed", "older", "frozen", "progressing"})
"""A promotion is bound by all rules, a rollback by none: it is for emergencies, and says who and why."""


def candidate(state: State, request: Request) -> Candidate:
    """Say which artifact `request` is about. Raises Refused (`skip`), UsageError for an unknown environment."""
    environment = state.policy.environment(request.environment)
    current = state.artifacts[environment.name]
    held, signed = state.source_of(current), state.signed_source(environment)
    if isinstance(request, Promotion):
        artifact = _promoted(state, environment, request)
        return Candidate(environment, artifact, state.source_of(artifact), current, held, signed)
    if environment.previous is not None:
        raise Refused(
            "skip",
            f"{environment.name} takes its artifacts from {environment.previous}, which a bump would skip",
            hint=f"tagbump promote {environment.name}",
        )
    return Candidate(environment, request.artifact, request.source, current, held, signed)


def _promoted(state: State, environment: Environment, request: Promotion) -> Artifact:
    previous = environment.previous
    if previous is None:
        raise UsageError(
            f"{environment.name} has no `from` in tagbump.yaml: there is nothing to promote to it",
            hint=f"tagbump bump {environment.name} ARTIFACT --source COMMIT",
        )
    held = request.artifact or state.artifacts[previous]
    if held is not None:
        return held
    missing = state.missing(previous)
    raise missing if previous in state.faults else Refused("skip", missing.message, hint=missing.hint)


def decide(case: Case) -> Plan:
    """Say what must change for the request to hold: nothing when it holds already.

    Raises Refused, named after the first of the rules that object and are not lifted; its message tells them all.
    """
    environment = case.environment
    if case.candidate.artifact == case.candidate.current:
        return Plan(environment.name, case.candidate.current, case.candidate.artifact)
    objections = [(rule, found) for rule in _binding(case.request) if (found := RULES[rule](case))]
    standing = [(rule, found) for rule, found in objections if not _lifted(case, rule)]
    if standing:
        rule, first = standing[0]
        others = "".join(f"\nalso {name}: {objection.message}" for name, objection in standing[1:])
        raise Refused(rule, f"{first.message}{others}", hint=_way_out(case, standing))
    return Plan(
        environment.name,
        case.candidate.current,
        case.candidate.artifact,
        _trailers(case, lifted=[rule for rule, _ in objections]),
    )


def _binding(request: Request) -> Sequence[Rule]:
    return RULE_NAMES if isinstance(request, Promotion) else [rule for rule in RULE_NAMES if rule in _BIND_A_BUMP]


def roll_back(
    state: State, environment: str, to: str | None, *, reason: str, approved_by: str | None, proven: bool = False
) -> Plan:
    """Say what must change for `environment` to have an earlier artifact again.

    `to` is the commit of one of its releases (40 hex digits); None stands for the newest one with another digest that
    was not itself rolled back from, and with `proven` was seen live there. Raises UsageError where there is none.
    """
    state.policy.environment(environment)
    current = state.artifacts[environment]
    releases = state.releases_of(environment)
    if to is not None:
        named = next((r for r in releases if r.commit == to), None)
        chosen = named.artifact if named else None
        missing = f"{to[:12]} {'left no artifact in' if named else 'is no release of'} {environment}"
    else:
        ways = (r.artifact for r in releases if r.artifact is not None and _is_way_back(state, r, current))
        chosen = next((one for one in ways if not proven or isinstance(proof_of(state, environment, one), Proof)), None)
        missing = f"{environment} has no earlier release to go back to{' that a proof says was live' if proven else ''}"
    if chosen is None:
        raise UsageError(missing, hint=f"tagbump history {environment}")
    trailers = [("Image", str(chosen))]
    if current is not None:
        trailers.append(("From-Image", str(current)))
    trailers.append(("Rolled-back-from", str(current or "nothing")))  # it is known for a rollback by this
    if source := state.source_of(chosen):
        trailers.append(("Source", source))
    if approved_by:
        trailers.append(("Approved-by", approved_by))
    trailers.append(("Reason", reason))
    return Plan(environment, current, chosen, tuple(trailers))


def _is_way_back(state: State, release: Release, current: Artifact | None) -> bool:
    artifact = release.artifact
    if artifact is None or artifact.is_placeholder or (current is not None and artifact.digest == current.digest):
        return False
    return left_behind(state, release.environment, artifact, inherited=False) is None


def _may_lift(case: Case, rule: Rule) -> bool:
    allowed = case.environment.overrides
    if allowed is None:
        return True
    who = [case.approved_by] if case.approved_by else case.request.by
    return people.is_one_of(who, allowed.get(rule, ()), case.state.policy.people)


def _lifted(case: Case, rule: Rule) -> bool:
    return rule in case.request.overrides and _may_lift(case, rule)


def _way_out(case: Case, standing: Sequence[tuple[Rule, Objection]]) -> str:
    """Say all that has to happen before the request holds, and who may lift what stands in its way."""
    steps = dict.fromkeys(objection.hint for _, objection in standing)  # each once, in order
    allowed = case.environment.overrides
    rules = [rule for rule, _ in standing if allowed is None or allowed.get(rule)]
    if rules == ["rolled-back"] and not allowed:
        return "; and ".join(steps)  # its own hint says how it is lifted
    lifts = " ".join(f"--override {rule}" for rule in rules)
    if len(rules) < len(standing):
        locked = ", ".join(rule for rule, _ in standing if rule not in rules)
        return f"{'; and '.join(steps)}; tagbump.yaml lets nobody lift {locked} in {case.environment.name}"
    by = dict.fromkeys(who for rule in rules for who in (allowed or {}).get(rule, ()))
    lifted = f"have it lifted by {', '.join(by)}" if by else "lift it"
    return f"{'; and '.join(steps)}; or {lifted}: {lifts} --reason TEXT"


def _trailers(case: Case, lifted: list[Rule]) -> tuple[tuple[str, str], ...]:
    chosen, request = case.candidate, case.request
    trailers = [("Image", str(chosen.artifact))]
    if chosen.current is not None:
        trailers.append(("From-Image", str(chosen.current)))
    if chosen.source is not None:
        trailers.append(("Source", chosen.source))
    if chosen.environment.previous is not None:
        trailers.append(("Promoted-from", chosen.environment.previous))
    if case.approved_by is not None:
        trailers.append(("Approved-by", case.approved_by))
    trailers += [("Override", rule) for rule in lifted]
    if request.reason is not None:
        trailers.append(("Reason", request.reason))
    if chosen.environment.application is not None and case.progressing is None:
        trailers.append(("Not-judged", "progressing (no cluster answered)"))
    return tuple(trailers)
