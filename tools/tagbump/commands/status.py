"""tagbump status."""

from datetime import UTC, datetime

from tagbump import changes
from tagbump.board import page, terminal
from tagbump.board.model import Board, Standing
from tagbump.changes import Change
from tagbump.cluster.model import Rollout
from tagbump.gather import gather
from tagbump.model import Artifact, Environment, Proof
from tagbump.promotion import evidence, freezes
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.repository.remote import Remote
from tagbump.state import State
from tagbump.times import rfc3339
from tagbump.values import Value

RECENT = 20  # releases on the board: about as many as fit below the environments on one screen


class Status(Value, Report):
    """The board, for machines, for a terminal and for a browser."""

    coloured = True
    board: Board

    def as_json(self) -> dict[str, object]:
        return {"environments": [_entry(standing) for standing in self.board.standings]}

    def lines(self, *, colour: bool) -> list[str]:
        return terminal.text(self.board, colour=colour, columns=terminal.columns())

    def html(self) -> str:
        return page.html(self.board)


def status(repo: Repo) -> Status:
    """Return the board of all environments."""
    snapshot = gather(repo, datetime.now(UTC))
    state = snapshot.state
    rollouts = _rollouts(state)
    with repo.sources(state) as sources:
        standings = tuple(
            _standing(state, environment, sources, rollouts.get(environment.name))
            for environment in state.policy.environments
        )
    return Status(Board(repo.remote.shown, snapshot.branch, state.head, state.now, standings, state.releases[:RECENT]))


def _rollouts(state: State) -> dict[str, Rollout]:
    """Return where rollouts stand, by the environment: of those with an Application, where a cluster is at hand."""
    applications = {e.name: e.application for e in state.policy.environments if e.application is not None}
    if not applications:
        return {}
    from tagbump.cluster import look, rollouts  # noqa: PLC0415 - a board without Applications does not wait for it

    seen = look(applications.values())
    return {
        name: rollouts.rollout(application, seen[application], state.artifacts[name])
        for name, application in applications.items()
        if application in seen
    }


def _standing(state: State, environment: Environment, sources: Remote, rollout: Rollout | None) -> Standing:
    artifact = state.artifacts[environment.name]
    waiting = _waiting(state, environment, sources)
    return Standing(
        environment=environment,
        artifact=artifact,
        source=state.source_of(artifact),
        release=state.current_release(environment.name),
        proof=_proof(state, environment.name, artifact),
        frozen=freezes.in_force(environment.freezes, state.now),
        behind=None if waiting is None else len(waiting),
        waiting=waiting or (),
        left_behind=evidence.refused_in(state, environment.name),
        fault=state.faults.get(environment.name),
        unsigned=None if artifact is None else state.unsigned(environment.name, artifact),
        rollout=rollout,
    )


def _proof(state: State, environment: str, artifact: Artifact | None) -> Proof | str:
    return state.missing(environment).message if artifact is None else evidence.proof_of(state, environment, artifact)


def _waiting(state: State, environment: Environment, sources: Remote) -> tuple[Change, ...] | None:
    """Return the source commits that `from` has and `environment` has not; None where that can't be told."""
    if environment.previous is None:
        return None
    mine, theirs = (state.source_of(state.artifacts[name]) for name in (environment.name, environment.previous))
    if mine is None or theirs is None:
        return None
    between = sources.history.between(mine, theirs)
    return None if between is None else changes.read(between, state.releases)


def _entry(standing: Standing) -> dict[str, object]:
    release, rollout = standing.release, standing.rollout
    return {
        "name": standing.environment.name,
        "artifact": None if standing.artifact is None else str(standing.artifact),
        "source": standing.source,
        "commit": None if release is None else release.commit,
        "released_at": None if release is None else rfc3339(release.released_at),
        "proof": standing.proof.tag if isinstance(standing.proof, Proof) else None,
        "approved_by": None if release is None else release.approved_by,
        "frozen": standing.frozen is not None,
        "behind": standing.behind,
        "overrides": [] if release is None else list(release.overrides),
        "rollout": None if rollout is None else {"state": rollout.state, "detail": rollout.detail},
    }
