"""tagbump status on a real cluster: how rollouts stand, as the account of argocd/access may see it."""

import time

from tests.e2e.places import Place
from tests.e2e.proxies import proxied


def rollout(place: Place, environment: str) -> tuple[str, str]:
    """Return what the board says of a rollout: its state, and what was seen of it."""
    outcome = place.world.json("status")
    assert outcome.code == 0, outcome
    told = {one["name"]: one["rollout"] for one in outcome.document["environments"]}[environment]
    return told["state"], told["detail"]


def at_last(place: Place, environment: str, state: str, detail: str = "") -> str:
    """Wait until the board says `state` and the beginning of `detail`, and return what was seen.

    On a busy machine it may not know in between, or know of a Rollout what Argo CD does not say yet.
    """
    told = ("", "")

    def reached() -> bool:
        nonlocal told
        told = rollout(place, environment)
        return told[0] == state and told[1].startswith(detail)

    place.until(reached)
    return told[1]


def test_a_rollout_is_shown_from_the_release_to_its_end(place: Place) -> None:
    place.sync("stage")
    place.live("stage")
    told = [at_last(place, "stage", "healthy")]
    place.release("stage", place.images.good("1.1.0"))
    told.append(at_last(place, "stage", "needs-sync"))
    place.sync("stage")
    told.append(at_last(place, "stage", "needs-resume", "Synced, Suspended"))
    place.resume("stage")
    told.append(at_last(place, "stage", "healthy"))

    place.until(lambda: "  rollout      Synced, Healthy\n" in place.world.run("status").stdout)

    assert told[0] == told[3] == "Synced, Healthy"
    assert told[1].startswith("OutOfSync, ")
    assert told[2].startswith("Synced, Suspended; service: paused at step 2 of 2 (pause), 1 of 2 pods new")


def test_a_rollout_that_was_aborted_is_shown_as_failed(place: Place) -> None:
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    at_last(place, "stage", "needs-sync")
    place.sync("stage")
    at_last(place, "stage", "needs-resume")
    place.abort("stage")

    told = at_last(place, "stage", "failed")

    assert "service: RolloutAborted" in told


def test_a_network_that_swallows_everything_costs_some_seconds(place: Place) -> None:
    with proxied(place.config) as proxy:
        proxy.freeze()
        begun = time.monotonic()

        told = [rollout(place, environment) for environment in ("dev", "stage")]

    assert time.monotonic() - begun < 2 * (3 + 12)  # twelve for all else, on a machine with much to do
    assert told == [("unknown", "no answer within 2.5s")] * 2
