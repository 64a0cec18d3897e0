"""Whether something is being rolled out right now, asked once and soon given up on: for the rule `progressing`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tagbump import log
from tagbump.cluster.model import Application, Seen, Workload

if TYPE_CHECKING:
    from tagbump.cluster.api import Api

_TIMEOUT_S: Final = 5  # of each answer; a release asks for the Application, and for what it deploys in a namespace


def progressing(application: str) -> bool | None:
    """Say whether a rollout of `application` (NAMESPACE/NAME) is under way; None where no cluster tells."""
    with _api() as api:
        if api is None:
            return None
        from tagbump.cluster.api import Away, Denied  # noqa: PLC0415 - as below
        from tagbump.cluster.watching import deployed  # noqa: PLC0415

        try:
            seen = deployed(application, lambda collection: api.read(collection)[0])
        except (Away, Denied) as error:
            log.info("%s: %s", application, error)
            return None
    return None if seen.application is None else _under_way(seen.application, seen)


@contextmanager
def _api() -> Iterator["Api | None"]:
    """Give the cluster at hand; None where there is none."""
    # Half a second to import: paid only where there is a cluster to ask.
    from tagbump.cluster import api  # noqa: PLC0415

    if not api.at_hand():
        yield None
        return
    try:
        opened = api.Api(_TIMEOUT_S)
    except api.Denied as error:
        log.info("%s", error)
        yield None
        return
    try:
        yield opened
    finally:
        opened.close()


def _under_way(application: Application, seen: Seen) -> bool:
    """Say so by what the Application says of itself, or by what any of its workloads says. Pure."""
    operation = application.operation
    syncing = application.requested or bool(operation and operation.under_way)
    return syncing or application.health in ("Progressing", "Suspended") or any(map(_moves, seen.workloads))


def _moves(workload: Workload) -> bool:
    return workload.trouble is None and not workload.finished
