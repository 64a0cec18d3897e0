"""What the cluster at hand says, asked once and soon given up on: for the rule `progressing`, and for the board."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tagbump import log
from tagbump.cluster import kubeconfig, rollouts
from tagbump.cluster.model import Seen
from tagbump.patience import Desk
from tagbump.values import replace

if TYPE_CHECKING:
    from tagbump.cluster.api import Api

_TIMEOUT_S: Final = 5  # of each answer; a release asks for the Application, and for what it deploys in a namespace
BOARD_S: Final = 2.5  # for all that the board asks, signing in included: with the import, three on a quiet machine
_AT_ONCE: Final = 6  # by feel: a dozen environments in two rounds

# Where Argo CD itself runs, as Applications name it.
HERE: Final = ("https://kubernetes.default.svc", "https://kubernetes.default.svc:443", "in-cluster")


def progressing(application: str) -> bool | None:
    """Say whether a rollout of `application` (NAMESPACE/NAME) is under way; None where no cluster tells."""
    if not kubeconfig.at_hand():
        return None
    # Half a second to import: paid only where there is a cluster to ask.
    from tagbump.cluster.api import Away, Denied  # noqa: PLC0415

    try:
        with _api(_TIMEOUT_S) as api:
            seen = _look(api, application)
    except (Away, Denied) as error:
        log.info("%s: %s", application, error)
        return None
    return None if seen.application is None else rollouts.under_way(seen.application, seen)


def look(applications: Iterable[str], seconds: float = BOARD_S) -> Mapping[str, Seen | str]:
    """Return what is to be seen of each of the `applications` (NAMESPACE/NAME), or why nothing is, within `seconds`.

    Empty where no cluster is at hand.
    """
    names = sorted(set(applications))
    if not names or not kubeconfig.at_hand():
        return {}
    # Before the clock runs: a machine with much to do takes seconds for it, and that is not the cluster's fault.
    from tagbump.cluster import api  # noqa: F401, PLC0415 - as above

    found: dict[str, Seen | str] = {}
    try:
        Desk().ask(lambda: _look_at_all(names, seconds, found), seconds)
    except TimeoutError:
        log.info("the cluster has not told all within %gs", seconds)
    return {name: found.get(name, f"no answer within {seconds:g}s") for name in names}


def _look_at_all(names: list[str], seconds: float, found: dict[str, Seen | str]) -> None:
    """Look at all of `names`, several at once, and put what is seen into `found` as it comes."""
    from tagbump.cluster.api import Away, Denied  # noqa: PLC0415 - as above

    left = list(reversed(names))

    def work(api: "Api") -> None:
        while left:
            try:
                name = left.pop()
            except IndexError:  # another was quicker
                return
            try:
                found[name] = _here(_look(api, name), api.host)
            except (Away, Denied) as error:
                found[name] = str(error)

    try:
        with _api(seconds) as api:
            workers = [threading.Thread(target=work, args=(api,), daemon=True) for _ in names[:_AT_ONCE]]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
    except Denied as error:
        found.update(dict.fromkeys(names, str(error)))


def _look(api: "Api", name: str) -> Seen:
    from tagbump.cluster.watching import deployed  # noqa: PLC0415 - as above

    return deployed(name, lambda collection: api.read(collection)[0])


def _here(seen: Seen, host: str) -> Seen:
    """Leave workloads out where the Application deploys to another cluster: what has their names here is not them."""
    if seen.application is None or seen.application.destination in (*HERE, host):
        return seen
    return Seen(replace(seen.application, workloads=()))


@contextmanager
def _api(timeout_s: float) -> Iterator["Api"]:
    """Give the cluster at hand. Raises Denied where its configuration can't be followed."""
    from tagbump.cluster.api import Api  # noqa: PLC0415 - as above

    opened = Api(timeout_s)
    try:
        yield opened
    finally:
        opened.close()
