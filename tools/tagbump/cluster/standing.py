"""Where Applications stand right now, asked once and soon given up on: for the rule `progressing` and the board."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tagbump.cluster.model import Application, Seen, Workload

if TYPE_CHECKING:
    from tagbump.cluster.api import Api

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5  # of each answer; a release asks for the Application, and for what it deploys in a namespace


@dataclass(frozen=True)
class RolloutState:
    """Where the rollout of an environment stands: `words` for people, and whether it waits for one of them.

    `under_way` says that something is being deployed, `trouble` that something is aborted or degraded. `sync` and
    `health` are Argo CD's own words.
    """

    sync: str
    health: str
    words: str
    under_way: bool
    needs_a_person: bool
    trouble: bool


def progressing(application: str) -> bool | None:
    """Say whether a rollout of `application` (NAMESPACE/NAME) is under way; None where no cluster tells."""
    state = rollout_states([application]).get(application)
    return None if state is None else state.under_way


def rollout_states(applications: Iterable[str]) -> dict[str, RolloutState]:
    """Return where each of the `applications` (NAMESPACE/NAME) stands; those of which no cluster tells are left out."""
    found = {}
    with _api() as api:
        if api is None:
            return {}
        from tagbump.cluster.api import Away, Denied  # noqa: PLC0415 - as below
        from tagbump.cluster.watching import deployed  # noqa: PLC0415

        for name in applications:
            try:
                seen = deployed(name, lambda collection: api.read(collection)[0])
            except Denied as error:
                log.info("%s: %s", name, error)
            except Away as error:
                log.info("%s: %s", name, error)
                break  # nor would it answer about the others, and each of them would take as long
            else:
                if seen.application is not None:
                    found[name] = state_of(seen.application, seen)
    return found


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


def state_of(application: Application, seen: Seen) -> RolloutState:
    """Say where an Application stands, by what it says and by what its workloads say. Pure."""
    operation = application.operation
    syncing = application.requested or bool(operation and operation.under_way)
    moving = [workload for workload in seen.workloads if _moves(workload)]
    return RolloutState(
        sync=application.sync,
        health=application.health,
        words=_words(application, seen, syncing=syncing),
        under_way=syncing or bool(moving) or application.health in ("Progressing", "Suspended"),
        needs_a_person=any(workload.pause and workload.pause.person for workload in moving),
        trouble=application.health == "Degraded" or any(workload.trouble for workload in seen.workloads),
    )


def _moves(workload: Workload) -> bool:
    return workload.trouble is None and not workload.finished


def _words(application: Application, seen: Seen, *, syncing: bool) -> str:
    troubled = [f"{w.resource.name}: {w.trouble.words}" for w in seen.workloads if w.trouble]
    paused = [f"{w.resource.name}: {w.pause.words}" for w in seen.workloads if w.pause and _moves(w)]
    going = [f"{w.resource.name}: {w.progress}" for w in seen.workloads if _moves(w)]
    if told := troubled or paused or (["syncing"] if syncing else []) or going:
        return "; ".join(told)
    return ", ".join(filter(None, [application.sync, application.health]))
