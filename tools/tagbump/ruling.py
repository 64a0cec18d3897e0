"""Has a request ruled on: gathers what the rules still need to know about it, and asks them."""

import logging

from tagbump import gather
from tagbump.errors import Unreachable
from tagbump.gather import Snapshot
from tagbump.promotion import decisions
from tagbump.repo import Repo
from tagbump.state import Case, Plan, Request

log = logging.getLogger(__name__)


def ruled(repo: Repo, snapshot: Snapshot, request: Request) -> Plan:
    """Return what must change for `request` to hold. Raises Refused, or Unreachable under `cluster: required`."""
    state = snapshot.state
    candidate = decisions.candidate(state, request)
    if candidate.artifact == candidate.current:
        return Plan(candidate.environment.name, candidate.current, candidate.artifact)
    with repo.sources(state) as sources:
        lineage = gather.lineage(sources, candidate)
        if candidate.source and candidate.current_source is None and not sources.history.has(candidate.source):
            # The first artifact is compared with nothing. The next one will be, with what is taken here at its word.
            log.warning(
                "the source repository has no commit %s: as long as %s runs this, `older` will refuse the next",
                candidate.source[:12], candidate.environment.name,
            )  # fmt: skip
    application = candidate.environment.application
    progressing = None if application is None else _progressing(application)
    if application is not None and progressing is None and candidate.environment.cluster_required:
        raise Unreachable(
            f"no cluster tells whether {candidate.environment.name} is being rolled out, and tagbump.yaml requires one",
            hint="set KUBECONFIG to a cluster that has the Application " + application,
        )
    return decisions.decide(Case(state, request, candidate, lineage, progressing))


def _progressing(application: str) -> bool | None:
    from tagbump import cluster  # noqa: PLC0415 - a bump where no cluster is asked does not wait for it

    return cluster.progressing(application)
