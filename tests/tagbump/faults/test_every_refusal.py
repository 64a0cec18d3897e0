"""Each rule refuses, asked as people ask: by its name, with a way out, and with everything left as it was."""

from collections.abc import Callable
from typing import Final

import pytest

from tagbump.names import RULE_NAMES
from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import Before
from tests.tagbump.world import POLICY, World, artifact

PROMOTE: Final = ("promote", "stage", "--approved-by", "grace")


def ask_for(world: World, **keys: str) -> None:
    """Have tagbump.yaml ask for more of stage."""
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    world.commit("chore: ask for more", {"tagbump.yaml": POLICY.replace(", approval: required", more)})


def skip(world: World) -> tuple[str, ...]:
    return "bump", "stage", artifact("1.1.0"), "--source", world.head()


def rolled_back(world: World) -> tuple[str, ...]:
    world.done("rollback", "dev", "--reason", "slow")
    return "bump", "dev", artifact("1.1.0"), "--source", world.head()


def digest_changed(world: World) -> tuple[str, ...]:
    return "bump", "dev", artifact("1.1.0", build="another"), "--source", world.head()


def older(world: World) -> tuple[str, ...]:
    first = world.git("rev-list", "--max-parents=0", "main", cwd=world.remote).strip()
    return "bump", "dev", artifact("1.0.1"), "--source", first


def unproven(world: World) -> tuple[str, ...]:
    world.bump("1.2.0")
    return PROMOTE


def soak(world: World) -> tuple[str, ...]:
    ask_for(world, soak="1h")
    return PROMOTE


def approval(_: World) -> tuple[str, ...]:
    return "promote", "stage"


def four_eyes(world: World) -> tuple[str, ...]:
    ask_for(world, approval="four-eyes")
    return "promote", "stage", "--approved-by", "ada"


def frozen(world: World) -> tuple[str, ...]:
    ask_for(world, freeze='[{from: "Mon 00:00", to: "Mon 00:00"}]')
    return PROMOTE


SITUATIONS: Final[dict[str, Callable[[World], tuple[str, ...]]]] = {
    "skip": skip,
    "rolled-back": rolled_back,
    "digest-changed": digest_changed,
    "older": older,
    "unproven": unproven,
    "soak": soak,
    "approval": approval,
    "four-eyes": four_eyes,
    "frozen": frozen,
}
ELSEWHERE: Final = {"progressing"}  # asks for a cluster: test_cluster has one


@pytest.mark.parametrize("rule", some([rule for rule in RULE_NAMES if rule not in ELSEWHERE], 4))
def test_a_refusal_names_its_rule_and_the_way_out_and_leaves_everything_as_it_was(ready: World, rule: str) -> None:
    words = SITUATIONS[rule](ready)
    before = Before.of(ready)

    outcome = ready.json(*words)

    assert (outcome.code, outcome.kind) == (3, rule), outcome
    assert outcome.document["error"]["hint"]
    assert Before.of(ready) == before


@pytest.mark.parametrize(
    "build",
    [
        "registry.example.com/service:1.2.0",
        "registry.example.com/service:1.2.0@sha256:abc",
        "service@sha256:" + "0" * 64,
    ],
    ids=["none", "short", "no-tag"],
)
def test_half_an_artifact_is_refused_and_leaves_everything_as_it_was(ready: World, build: str) -> None:
    before = Before.of(ready)

    outcome = ready.json("bump", "dev", build, "--source", ready.head())

    assert outcome.code in (2, 3)
    assert outcome.kind in ("digest", "usage")
    assert Before.of(ready) == before
