"""tagbump wait ENV [--artifact ARTIFACT] [--record] [--timeout 10m]."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from tagbump import durations
from tagbump.cluster.model import Verdict, Wanted
from tagbump.errors import CheckFailed, TimeRanOut, Unreachable, UsageError
from tagbump.gather import gather
from tagbump.lookout import STATES, AtAddress, Deadline, Lookout, in_cluster
from tagbump.model import Artifact, Check, Environment, Release
from tagbump.patience import Desk
from tagbump.recording import record as push_proof
from tagbump.recording import refuse_overtaken
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.repository import addresses
from tagbump.revisions import Revisions
from tagbump.state import State
from tagbump.values import Value, replace

_Answer = TypeVar("_Answer")

# All by feel: a look at the branch costs a fetch.
LOOK_AGAIN_S: Final = 10
_REMOTE_S: Final = 30.0  # for the first question to the remote, and for the proof, also where time has run out
_LAST_S: Final = 3.0  # for the last question: whether all that is seen live is still wanted
_HINTS: Final = {
    "needs-sync": "a person has to sync the Application; wait again afterwards",
    "needs-resume": "a person has to resume the rollout, or abort it; wait again afterwards",
    "needs-retry": "a person has to retry the rollout; wait again afterwards",
}


class Waited(Value, Report):
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


def wait(
    repo: Repo,
    environment: str,
    *,
    artifact: Artifact | None = None,
    url: str | None = None,
    record: bool = False,
    timeout: timedelta,
    tell: Callable[[str], None] = lambda _: None,
) -> Waited:
    """Wait until what the overlay of `environment` says is really live, and with `record` push the proof.

    `artifact` is what it has to say, None for whatever it says at the first look. `tell` is handed a line for each
    thing that changes. Raises TimeRanOut after `timeout`, CheckFailed where the release failed or where the overlay has
    another artifact, or moves on to one; Unreachable where `environment` has an `application` and no cluster says a
    word about it: an address alone is never enough there.
    """
    waiting = _Waiting(repo, environment, artifact, timeout, tell)
    with waiting.lookout(url) as lookout:
        tell(f"waiting until {environment} runs {waiting.artifact}")
        checks = waiting.until_live(lookout)
    recorded = waiting.record(checks) if record else None
    return Waited(environment, waiting.artifact, checks, recorded)


class _Waiting:
    """What is waited for, `artifact` as `release` put it into `environment`, and until when."""

    def __init__(
        self, repo: Repo, environment: str, wanted: Artifact | None, timeout: timedelta, tell: Callable[[str], None]
    ) -> None:
        self._repo = repo
        self._timeout = timeout
        self._deadline = Deadline(time.monotonic() + timeout.total_seconds())
        self._desk = Desk()  # the remote's: what is asked of it, is asked in turn
        self._tell = tell
        self._told = _Told(tell)
        state = self._asked(self._look)
        self.environment: Environment = state.policy.environment(environment)
        artifact, release = state.artifacts[environment], state.current_release(environment)
        if artifact is not None and wanted not in (None, artifact):
            raise CheckFailed(
                f"{environment} has {artifact}, not {wanted}",
                hint=f"tagbump history {environment} says who released it, and whether the other was ever there",
            )
        if artifact is None or release is None:
            raise state.missing(environment)
        overlays = (other.overlay for other in state.policy.environments)
        self._elsewhere = frozenset(overlays) - {self.environment.overlay}
        self.artifact: Artifact = artifact
        self.release: Release = release

    @contextmanager
    def lookout(self, url: str | None) -> Iterator[Lookout]:
        """Give who looks out for it. Raises UsageError where nothing says where, or two say it."""
        target = self.environment
        if target.url is not None and url is not None:
            raise UsageError(f"tagbump.yaml says where {target.name} answers: {target.url}", hint="leave --url out")
        address = target.url or url
        service = None if address is None else AtAddress(_address(address, target.name), self.artifact)
        if target.application is not None:
            revisions = Revisions(self._repo.remote, target, self.release, self._desk)
            wanted = Wanted(self.artifact, self.release.commit, target.overlay, elsewhere=self._elsewhere)
            with in_cluster(target.application, wanted, revisions.of, service) as lookout:
                yield lookout
        elif service is not None:
            yield service
        else:
            hint = f"name its address: --url https://{target.name}.example.com"
            raise UsageError(f"nothing says where {target.name} answers", hint=hint)

    def until_live(self, lookout: Lookout) -> tuple[Check, ...]:
        """Return the checks of what is live, once it is, and the branch still asks for it."""
        look_again = time.monotonic() + LOOK_AGAIN_S
        while True:
            verdict = lookout.look(self._deadline)
            self._told.tell(verdict)
            if verdict.cause:
                raise self._failed(verdict)
            if verdict.live or time.monotonic() >= look_again:
                wanted = self._still_wanted()
                if verdict.live and wanted:
                    return verdict.checks
                verdict = replace(verdict, state="no-branch") if verdict.live else verdict
                look_again = time.monotonic() + LOOK_AGAIN_S
            if not self._deadline.left:
                raise self._ran_out(verdict)
            lookout.wait(min(self._deadline.left, max(0.0, look_again - time.monotonic())))

    def record(self, checks: tuple[Check, ...]) -> str | None:
        """Push the proof, and return its name; None where it stands already."""
        return self._asked(lambda: push_proof(self._repo, self.artifact, self.release, checks, self._tell))

    def _look(self) -> State:
        return gather(self._repo, datetime.now(UTC)).state

    def _asked(self, question: Callable[[], _Answer]) -> _Answer:
        """Return the remote's answer, which takes as long as is left, or a while. Raises Unreachable without one."""
        try:
            return self._desk.ask(question, max(_REMOTE_S, self._deadline.left))
        except TimeoutError:
            raise Unreachable(f"{self._repo.remote.shown} does not answer", hint="run it again once it does") from None

    def _still_wanted(self) -> bool:
        """Say whether the branch still asks for it; False where it does not answer. Raises CheckFailed."""
        try:
            state = self._desk.ask(self._look, max(_LAST_S, self._deadline.left))
        except (TimeoutError, Unreachable) as error:
            self._tell(f"... branch: {str(error) or 'no answer'}")
            return False
        refuse_overtaken(state, self.artifact, self.release)
        return True

    def _failed(self, verdict: Verdict) -> CheckFailed:
        name = self.environment.name
        return CheckFailed(
            f"{name} can't run {self.artifact.tag}: {verdict.cause}",
            hint=f"release a build that is mended, or go back: tagbump rollback {name} --reason TEXT",
            details=self._details(verdict),
        )

    def _ran_out(self, verdict: Verdict) -> TimeRanOut:
        missing = next((check.detail for check in verdict.checks if not check.ok), "the branch does not answer")
        words = f"{STATES[verdict.state]}: {missing}" if verdict.state in STATES else missing
        return TimeRanOut(
            f"{self.environment.name} did not run {self.artifact.tag} within {durations.words(self._timeout)}: {words}",
            hint=_HINTS.get(verdict.state, "look at the deployment, or wait longer with --timeout"),
            details=self._details(verdict),
        )

    def _details(self, verdict: Verdict) -> dict[str, object]:
        checks = [check.as_json() for check in verdict.checks]
        return {"environment": self.environment.name, "ok": False, "checks": checks, "state": verdict.state}


@dataclass
class _Told:
    """Tells what has changed, a line for each: each check as it turns, and what is waited for."""

    line: Callable[[str], None]
    checks: dict[str, Check] = field(default_factory=dict)
    state: str = ""

    def tell(self, verdict: Verdict) -> None:
        state = STATES.get(verdict.state, "")
        if verdict.state == "unreachable":
            state = f"{state}: {verdict.checks[0].detail}"  # nobody knows what the others are
        else:
            for check in verdict.checks:
                before = self.checks.get(check.name)
                # What is so stays so: the moment of the latest reconciliation is no news.
                if before is None or before.ok != check.ok or (not check.ok and before.detail != check.detail):
                    self.line(f"{'ok ' if check.ok else '...'} {check.name}: {check.detail}")
                    self.checks[check.name] = check
        if state and state != self.state:
            self.line(f"--- {state}")
        self.state = state


def _address(url: str, environment: str) -> str:
    try:
        return addresses.check_service(url)
    except ValueError as error:
        raise UsageError(f"--url: {error}", hint=f"--url https://{environment}.example.com") from None
