"""Has a request ruled on: gathers what the rules still need to know about it, and asks them."""

from collections.abc import Callable

from tagbump import gather, log
from tagbump.errors import Unreachable
from tagbump.gather import Snapshot
from tagbump.kustomize import pins
from tagbump.model import Environment
from tagbump.names import UNSIGNED
from tagbump.promotion import decisions
from tagbump.promotion.rules import NAME_THE_SOURCE
from tagbump.repo import Repo
from tagbump.state import Case, Plan, Request, anew


def ruled(repo: Repo, snapshot: Snapshot, request: Request) -> Plan:
    """Return what must change for `request` to hold. Raises Refused, or Unreachable under `cluster: required`."""
    state = snapshot.state
    candidate = decisions.candidate(state, request)
    if candidate.artifact == candidate.current:
        if unsigned := state.unsigned(candidate.environment.name, candidate.artifact):
            name = candidate.environment.name
            log.warning("%s %s of %s, and does not count; %s", unsigned.commit[:12], UNSIGNED, name, anew(unsigned))
        return Plan(candidate.environment.name, candidate.current, candidate.artifact)
    with repo.sources(state) as sources:
        lineage = gather.lineage(sources, candidate)
        if candidate.source and candidate.current_source is None and not sources.history.has(candidate.source):
            # The first artifact is compared with nothing. The next one will be, with what is taken here at its word.
            log.warning(
                "the source repository has no commit %s: as long as %s runs this, `older` will refuse the next%s",
                candidate.source[:12], candidate.environment.name,
                "" if state.policy.source else f"; give one that it has, or {NAME_THE_SOURCE}",
            )  # fmt: skip
    application = candidate.environment.application
    progressing = None if application is None else _progressing(application)
    if application is not None and progressing is None and candidate.environment.cluster_required:
        raise Unreachable(
            f"no cluster tells whether {candidate.environment.name} is being rolled out, and tagbump.yaml requires one",
            hint="set KUBECONFIG to a cluster that has the Application " + application,
        )
    plan = decisions.decide(Case(state, request, candidate, lineage, progressing))
    if candidate.current is None:
        _warn_of_a_new_entry(snapshot, candidate.environment)
    return plan


def agreed(plan_for: Callable[[Snapshot], Plan]) -> Callable[[Snapshot], Plan]:
    """Return `plan_for`, whose plans the registry has to agree with: after the rules, and before anything is written.

    A race that was lost is no reason to ask it again, unless the artifact is another one now.
    """
    from tagbump.registry import Checked  # noqa: PLC0415 - a bump that does not ask does not wait for it

    check = Checked()
    return lambda snapshot: check(plan_for(snapshot))


def _warn_of_a_new_entry(snapshot: Snapshot, environment: Environment) -> None:
    """Say so where the release adds an entry beside others: two images may share an overlay, or a name is misspelt."""
    overlay = snapshot.files[environment.name]
    names = pins.names(overlay.text, overlay.path)
    if names and environment.image not in names:
        log.warning(
            "%s has no entry %r (it has %s): it is added; tagbump verify %s shows whether it reaches a container",
            environment.overlay, environment.image, ", ".join(names), environment.name,
        )  # fmt: skip


def _progressing(application: str) -> bool | None:
    from tagbump import cluster  # noqa: PLC0415 - a bump where no cluster is asked does not wait for it

    return cluster.progressing(application)
