"""A GitOps repository as the rules see it, told as a short story: who released what where, and what was proven."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tagbump.errors import Refused
from tagbump.model import Artifact, Commit, Environment, Kind, Policy, Proof, Release
from tagbump.names import RULE_NAMES, Rule
from tagbump.promotion import decisions, freezes
from tagbump.state import Bump, Case, Lineage, Plan, Promotion, Request, State
from tagbump.values import NOTHING, Value, replace

EVERY_RULE: Final = RULE_NAMES
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
FREEZE = freezes.freeze("Wed 10:00", "Wed 14:00", "UTC", None)  # over NOW
REPOSITORY = "registry.example.com/service"


def artifact(tag: str, build: str = "", repository: str = REPOSITORY) -> Artifact:
    """Return an artifact whose digest follows from `build`: its tag, unless two tags share a build."""
    return Artifact(repository, tag, f"sha256:{(build or tag).encode().hex():0<64.64}")


V1, V2, V3 = artifact("1.0.0"), artifact("2.0.0"), artifact("3.0.0")
REBUILT = artifact("2.0.0", build="built again")

DEV = Environment("dev", "k8s/overlays/dev", "service")
STAGE = Environment("stage", "k8s/overlays/stage", "service", previous="dev")
PROD = Environment("prod", "k8s/overlays/prod", "service", previous="stage")


def source_of(tag: str) -> str:
    """Return the 40 digits of the commit that the artifact `tag` was built from."""
    return f"{tag.encode().hex():5<40.40}"


class Step(Value):
    """One release of the story. `artifact` None empties the overlay; `trailers` are what its commit says."""

    environment: str
    artifact: Artifact | None
    kind: Kind = "promote"
    trailers: Mapping[str, tuple[str, ...]] = NOTHING
    counts: bool = True


def put(environment: str, built: Artifact, *lifted: Rule, source: str | None = "its own") -> Step:
    """Release `built`, with the rules `lifted`. `source` None leaves the commit it was built from unsaid."""
    said = source_of(built.tag) if source == "its own" else source
    trailers: dict[str, tuple[str, ...]] = {"Image": (str(built),)}
    if said is not None:
        trailers["Source"] = (said,)
    if lifted:
        trailers["Override"] = lifted
    return Step(environment, built, "promote", trailers)


def back(environment: str, built: Artifact, reason: str = "it broke") -> Step:
    """Roll `environment` back to `built`."""
    return Step(environment, built, "rollback", {"Image": (str(built),), "Reason": (reason,)})


def unsigned(step: Step) -> Step:
    """Let none of the signers that are asked for have signed the release."""
    return replace(step, counts=False)


def empty(environment: str) -> Step:
    """Take the artifact out of the overlay by hand."""
    return Step(environment, None)


def state(
    *steps: Step,
    environments: Sequence[Environment] = (DEV, STAGE, PROD),
    people: Mapping[str, tuple[str, ...]] | None = None,
) -> State:
    """Return what the branch says after `steps`, oldest first. They are an hour apart, and the last was an hour ago."""
    held: dict[str, Artifact | None] = {environment.name: None for environment in environments}
    releases = []
    for number, step in enumerate(steps):
        at = NOW - timedelta(hours=len(steps) - number)
        before, held[step.environment] = held[step.environment], step.artifact
        releases.append(
            Release(
                step.environment,
                commit_of(number),
                before,
                step.artifact,
                at,
                "Jane Doe",
                step.kind,
                step.trailers,
                step.counts,
            )
        )
    policy = Policy("main", tuple(environments), people=people or {})
    return State("f" * 40, policy, NOW, held, tuple(reversed(releases)), {})


def commit_of(step: int) -> str:
    """Return the 40 digits of the release commit that the step with this number made, counted from 0."""
    return f"{step + 1:040x}"


def proven(
    so_far: State,
    environment: str,
    built: Artifact,
    *,
    ago: timedelta = timedelta(hours=1),
    said: Mapping[str, object] | None = None,
) -> State:
    """Add the proof of the newest release of `built` in `environment`; `said` are the fields that lie."""
    commit = next((r.commit for r in so_far.releases_of(environment) if r.artifact == built), "0" * 40)
    name = Proof.name_for(environment, built)
    proof = Proof(name, environment, str(built), commit, commit, ("readyz",), so_far.now - ago)
    return replace(so_far, proofs={**so_far.proofs, name: replace(proof, **(said or {}))})


def earlier(so_far: State, by: timedelta) -> State:
    """Let every release of the story have been made earlier."""
    return replace(so_far, releases=tuple(replace(r, released_at=r.released_at - by) for r in so_far.releases))


def with_environment(so_far: State, environment: Environment) -> State:
    """Let tagbump.yaml describe one environment otherwise."""
    others = [environment if other.name == environment.name else other for other in so_far.policy.environments]
    return replace(so_far, policy=replace(so_far.policy, environments=tuple(others)))


def commit(
    author: str = "Ada <ada@example.com>", committer: str | None = None, co_authors: Iterable[str] = ()
) -> Commit:
    """Return a source commit by `author`, who also committed it unless somebody else is named."""
    name, _, address = author.rstrip(">").partition(" <")
    other, _, other_address = (committer or author).rstrip(">").partition(" <")
    return Commit("c" * 40, "feat: a thing", name, address, other, other_address, tuple(co_authors))


NEWER = Lineage(older=False, commits=(commit(),))
OLDER = Lineage(older=True, commits=())
UNKNOWN = Lineage(older=None, commits=None)


def bump(built: Artifact, environment: str = "dev", *lifted: Rule, source: str | None = None) -> Request:
    reason = "it is urgent" if lifted else None
    said = source or source_of(built.tag)
    return Bump(
        environment=environment,
        artifact=built,
        source=said,
        reason=reason,
        overrides=frozenset(lifted),
        by=("Jane Doe",),
    )


def promote(
    environment: str,
    *lifted: Rule,
    named: Artifact | None = None,
    approved_by: str | None = None,
    by: tuple[str, ...] = ("Jane Doe", "jane@example.com"),
) -> Request:
    """Ask for a promotion, of the artifact `named` or else what `from` holds."""
    reason = "it is urgent" if lifted else None
    return Promotion(
        environment=environment,
        artifact=named,
        approved_by=approved_by,
        reason=reason,
        overrides=frozenset(lifted),
        by=by,
    )


def case(so_far: State, request: Request, lineage: Lineage = NEWER, *, progressing: bool | None = False) -> Case:
    return Case(so_far, request, decisions.candidate(so_far, request), lineage, progressing)


def decide(so_far: State, request: Request, lineage: Lineage = NEWER, *, progressing: bool | None = False) -> Plan:
    return decisions.decide(case(so_far, request, lineage, progressing=progressing))


def roll_back(
    so_far: State,
    to: str | None = None,
    environment: str = "prod",
    approved_by: str | None = None,
    *,
    proven: bool = False,
) -> Plan:
    return decisions.roll_back(so_far, environment, to, reason="it broke", approved_by=approved_by, proven=proven)


def refusal(wanted: Case) -> Refused:
    """Return how `wanted` is refused, which it must be."""
    with pytest.raises(Refused) as caught:
        decisions.decide(wanted)
    assert caught.value.exit_code == 3
    return caught.value


def overrides(plan: Plan) -> list[str]:
    """Return the rules that were lifted."""
    return [value for name, value in plan.trailers if name == "Override"]


def ready(environment: Environment = PROD) -> State:
    """Return the everyday state: V1 went to prod, V2 is proven in stage since an hour, and may go on to prod.

    `environment` takes the place of the one of its name.
    """
    steps = [put(name, built) for built in (V1, V2) for name in ("dev", "stage", "prod")][:-1]
    so_far = proven(state(*steps), "dev", V2)
    return with_environment(proven(so_far, "stage", V2), environment)
