"""The rules, each a pure function that one could read aloud: what it has against a case, or nothing."""

from collections.abc import Callable
from typing import Final

from tagbump import durations, references
from tagbump.model import Proof
from tagbump.names import UNSIGNED, Rule
from tagbump.promotion import freezes, people
from tagbump.promotion.evidence import left_behind, proof_of
from tagbump.state import Case, Promotion, anew
from tagbump.times import second
from tagbump.values import Value

NAME_THE_SOURCE: Final = "name the repository it was built from as `source:` in tagbump.yaml"


class Objection(Value):
    """What a rule has against a case, and what would lift it."""

    message: str
    hint: str


def _skip(case: Case) -> Objection | None:
    previous = case.environment.previous or ""
    if any(r.artifact == case.candidate.artifact for r in case.state.releases_of(previous)):
        return None
    if unsigned := case.state.unsigned(previous, case.candidate.artifact):
        return Objection(
            f"{unsigned.commit[:12]} released {case.candidate.artifact} in {previous}, and {UNSIGNED} of {previous}",
            anew(unsigned),
        )
    return Objection(
        f"{case.candidate.artifact} was never released in {previous}, and {case.environment.name} takes what was",
        f"release it in {previous} first",
    )


def _rolled_back(case: Case) -> Objection | None:
    rollback = left_behind(case.state, case.environment.name, case.candidate.artifact)
    if rollback is None:
        return None
    return Objection(
        f"{rollback.environment} was rolled back from {case.candidate.artifact.tag} ({rollback.commit[:12]}:"
        f" {rollback.reason or 'no reason given'})",
        "release a build with the mistake mended, or let it come back: --reintroduce --reason TEXT",
    )


def _digest_changed(case: Case) -> Objection | None:
    artifact = case.candidate.artifact
    released = [artifact for release in case.state.releases for artifact in (release.before, release.artifact)]
    known = [*released, *case.state.artifacts.values()]
    rebuilt = (a for a in known if a and a.tag == artifact.tag and a.digest != artifact.digest)
    repository = references.canonical(artifact.repository)
    other = next((a for a in rebuilt if references.canonical(a.repository) == repository), None)
    if other is None:
        return None
    return Objection(
        f"{other.repository}:{other.tag} was released as {other.digest}, and is {artifact.digest} now",
        "a tag names one build for good: give the new build a tag of its own",
    )


def _older(case: Case) -> Objection | None:
    new, rivals = case.candidate.source, case.candidate.rivals
    if not rivals:
        return None
    artifact, current, name = case.candidate.artifact, case.candidate.current, case.environment.name
    held = current.tag if current is not None and len(rivals) == 1 else f"what {name} has or had"
    sources = " or ".join(rival[:12] for rival in rivals)
    if new is None or case.lineage.older is None:
        return Objection(
            f"whether {artifact.tag} is older than {held} can't be told: the history from"
            f" {sources} to {(new or 'an unknown commit')[:17]} can't be read",
            _known_source(case),
        )
    if not case.lineage.older:
        return None
    return Objection(
        f"{artifact.tag} is older than {held}: its source {new[:12]} is an ancestor of {sources}",
        f"to go back on purpose: tagbump rollback {name} --reason TEXT",
    )


def _unproven(case: Case) -> Objection | None:
    previous = case.environment.previous or ""
    proof = proof_of(case.state, previous, case.candidate.artifact)
    if isinstance(proof, Proof):
        return None
    found = case.state.proofs.get(Proof.name_for(previous, case.candidate.artifact))
    signing = "" if found is None or found.counts else ", with the key of a signer and git config tag.gpgSign true"
    return Objection(proof, f"tagbump wait {previous} --record, while {previous} runs it{signing}")


def _soak(case: Case) -> Objection | None:
    proof = proof_of(case.state, case.environment.previous or "", case.candidate.artifact)
    if not isinstance(proof, Proof):
        return None  # there is no time to count from; `unproven` says so
    over = proof.recorded_at + case.environment.soak
    if case.state.now >= over:
        return None
    since, soak = durations.words(case.state.now - proof.recorded_at), durations.words(case.environment.soak)
    return Objection(
        f"{case.candidate.artifact.tag} was proven in {proof.environment} {since} ago, and soaks for {soak}",
        f"try again in {durations.words(over - case.state.now)}, after {second(over)}",
    )


def _approval(case: Case) -> Objection | None:
    environment, who = case.environment, case.approved_by
    if environment.approval == "none" and environment.approvers is None:
        return None
    if who is None:
        return Objection(f"{environment.name} takes nothing without an approval", "say who approved: --approved-by WHO")
    if not people.spellings(who):
        return Objection(f"{who!r} names nobody", "say who approved: --approved-by WHO")
    if environment.approvers is None or people.is_one_of([who], environment.approvers, case.state.policy.people):
        return None
    return Objection(
        f"the approval of {who} does not count in {environment.name}", f"ask one of {', '.join(environment.approvers)}"
    )


def _four_eyes(case: Case) -> Objection | None:
    who = case.approved_by
    if case.environment.approval != "four-eyes" or who is None:
        return None  # without an approver `approval` objects
    if case.lineage.commits is None:
        return Objection(
            f"who wrote {case.candidate.artifact.tag} can't be told: its source history can't be read",
            _known_source(case),
        )
    commit = people.authored(who, case.lineage.commits, case.state.policy.people)
    if commit is None:
        return None
    return Objection(
        f"{who} had a hand in {commit.hash[:12]} ({commit.subject}), which is among the"
        f" {_count(len(case.lineage.commits), 'commit')} being promoted",
        "ask somebody who wrote none of them",
    )


def _frozen(case: Case) -> Objection | None:
    frozen = freezes.in_force(case.environment.freezes, case.state.now)
    if frozen is None:
        return None
    because = f" ({frozen.reason})" if frozen.reason else ""
    return Objection(
        f"{case.environment.name} is frozen until {second(frozen.until)}{because}",
        f"try again after {second(frozen.until)}",
    )


def _progressing(case: Case) -> Objection | None:
    if not case.progressing:
        return None
    return Objection(
        f"the rollout of {case.environment.name} is still under way",
        f"tagbump wait {case.environment.name}, then try again",
    )


RULES: Final[dict[Rule, Callable[[Case], Objection | None]]] = {
    "skip": _skip,
    "rolled-back": _rolled_back,
    "digest-changed": _digest_changed,
    "older": _older,
    "unproven": _unproven,
    "soak": _soak,
    "approval": _approval,
    "four-eyes": _four_eyes,
    "frozen": _frozen,
    "progressing": _progressing,
}


def _known_source(case: Case) -> str:
    """Say what mends a source history that can't be read."""
    elsewhere = "" if case.state.policy.source else f", or {NAME_THE_SOURCE}"
    if not isinstance(case.request, Promotion):
        return f"name in --source a commit that is in the source repository{elsewhere}"
    if case.candidate.source is None:
        return "promote a build that was released by tagbump bump, which names its --source"
    return f"have the commits up to {case.candidate.source[:12]} in the source repository{elsewhere}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
