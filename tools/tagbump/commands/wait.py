"""tagbump wait ENV [--record] [--timeout 10m]."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tagbump import durations, live
from tagbump.errors import CheckFailed, RaceLost, TimeRanOut, Unreachable, UsageError
from tagbump.gather import gather
from tagbump.model import Artifact, Check, Environment, Proof, Release
from tagbump.promotion import evidence
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.repository import proofs
from tagbump.repository.rejections import PushLost
from tagbump.state import State

# All three by feel: a look at the branch costs a fetch, an answer of the service nothing.
LOOK_AGAIN_S: Final = 10
_PAUSE_S: Final = 0.5
_RECORD_TRIES: Final = 5


@dataclass(frozen=True)
class Waited(Report):
    """What was seen live. `recorded` is the name of the proof that was pushed; None where none had to be."""

    environment: str
    artifact: Artifact
    checks: tuple[Check, ...]
    recorded: str | None

    def as_json(self) -> dict[str, object]:
        return {"environment": self.environment, "ok": True, "checks": [check.as_json() for check in self.checks]}

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        lines = [f"{self.environment} runs {self.artifact}"]
        return [*lines, f"recorded {self.recorded}"] if self.recorded else lines


@dataclass(frozen=True)
class _Awaited:
    """What is waited for: the artifact that `release` put into `environment`, answering at `url`."""

    environment: Environment
    artifact: Artifact
    release: Release
    url: str


def wait(
    repo: Repo,
    environment: str,
    *,
    url: str | None = None,
    record: bool = False,
    timeout: timedelta = timedelta(minutes=10),
    tell: Callable[[str], None] = lambda _: None,
) -> Waited:
    """Wait until what the overlay of `environment` says is really live, and with `record` push the proof.

    `tell` is handed a line for each thing that changes. Raises TimeRanOut after `timeout`, CheckFailed where the
    overlay moved on to another artifact, Unreachable where `environment` has an `application`: an address alone is
    never enough there.
    """
    give_up = time.monotonic() + timeout.total_seconds()
    awaited = _awaited(repo, environment, url)
    tell(f"waiting until {environment} runs {awaited.artifact}")
    checks = _look(awaited, (), tell)
    look_again = time.monotonic() + LOOK_AGAIN_S
    while not all(check.ok for check in checks):
        if time.monotonic() >= give_up:
            raise _ran_out(awaited, checks, timeout)
        if time.monotonic() >= look_again:
            _refuse_overtaken(gather(repo, datetime.now(UTC)).state, awaited)
            look_again = time.monotonic() + LOOK_AGAIN_S
        time.sleep(min(_PAUSE_S, max(0.0, give_up - time.monotonic())))
        checks = _look(awaited, checks, tell)
    recorded = _record(repo, awaited, checks, tell) if record else None
    return Waited(environment, awaited.artifact, checks, recorded)


def _awaited(repo: Repo, environment: str, url: str | None) -> _Awaited:
    state = gather(repo, datetime.now(UTC)).state
    target = state.policy.environment(environment)
    artifact, release = state.artifacts[environment], state.current_release(environment)
    if artifact is None or release is None:
        raise state.missing(environment)
    return _Awaited(target, artifact, release, _address(target, url))


def _address(target: Environment, url: str | None) -> str:
    if target.application is not None:
        raise Unreachable(
            f"{target.name} is deployed by Argo CD ({target.application}), and no cluster was asked about it:"
            " an address alone is never enough there",
            hint="leave `application` out of tagbump.yaml where no cluster is to be asked",
        )
    if target.url is not None and url is not None:
        raise UsageError(f"tagbump.yaml says where {target.name} answers: {target.url}", hint="leave --url out")
    if target.url is None and url is None:
        hint = "name its address: --url https://dev.example.com"
        raise UsageError(f"nothing says where {target.name} answers", hint=hint)
    try:
        return live.address(target.url or url or "")
    except ValueError as error:
        raise UsageError(f"--url: {error}", hint="--url https://dev.example.com") from None


def _look(awaited: _Awaited, before: Sequence[Check], tell: Callable[[str], None]) -> tuple[Check, ...]:
    """Ask the service, and tell what is not as it was `before`."""
    checks = live.look(awaited.url, awaited.artifact)
    for check in checks:
        if check not in before:
            tell(f"{'ok ' if check.ok else '...'} {check.name}: {check.detail}")
    return checks


def _ran_out(awaited: _Awaited, checks: Sequence[Check], timeout: timedelta) -> TimeRanOut:
    name = awaited.environment.name
    missing = next(check for check in checks if not check.ok)
    state = "not-ready" if missing.name == "readyz" else "other-version"
    return TimeRanOut(
        f"{name} did not run {awaited.artifact.tag} within {durations.words(timeout)}: {missing.detail}",
        hint="look at the deployment, or wait longer with --timeout",
        details={"environment": name, "ok": False, "checks": [check.as_json() for check in checks], "state": state},
    )


def _refuse_overtaken(state: State, awaited: _Awaited) -> None:
    name = awaited.environment.name
    held = state.artifacts.get(name)
    if held != awaited.artifact:
        raise CheckFailed(
            f"{name} was overtaken: its overlay has {held.tag if held else 'nothing'} now, not {awaited.artifact.tag}",
            hint=f"tagbump history {name} says who released it; wait again for what is there now",
        )


def _record(repo: Repo, awaited: _Awaited, checks: Sequence[Check], tell: Callable[[str], None]) -> str | None:
    """Push the proof that the artifact is live. None where one stands on this release already."""
    environment, artifact, release = awaited.environment.name, awaited.artifact, awaited.release.commit
    name = Proof.name_for(environment, artifact)
    for _ in range(_RECORD_TRIES):
        now = datetime.now(UTC)
        state = gather(repo, now).state
        _refuse_overtaken(state, awaited)
        proof = evidence.proof_of(state, environment, artifact)
        if isinstance(proof, Proof) and proof.release == release:
            tell(f"recorded already: {name}")
            return None
        words = proofs.message(environment, artifact, release, [check.name for check in checks], now)
        expected = repo.remote.proofs().get(name)
        try:
            repo.remote.push(f"refs/tags/{name}", repo.remote.tag(name, release, words), expected=expected)
        except PushLost:
            continue
        return name
    raise RaceLost(f"{name}: somebody else wrote this proof at each of {_RECORD_TRIES} tries", hint="run it again")
