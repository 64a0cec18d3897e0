"""Brings a release onto the branch: gather, decide, write, push, and all of it again where somebody else was faster."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from tagbump import durations, log, unsigned
from tagbump.errors import RaceLost, Unreachable
from tagbump.gather import Overlay, Snapshot, gather
from tagbump.kustomize import pins
from tagbump.line import Line
from tagbump.repo import Repo
from tagbump.report import Report
from tagbump.repository import commits
from tagbump.repository.rejections import PushLost
from tagbump.repository.remote import Remote
from tagbump.state import Plan
from tagbump.values import Value


class Landed(Value, Report):
    """What a verb that writes has done. `commit` is 40 hex digits, None on a dry run and where nothing changed."""

    plan: Plan
    commit: str | None
    diff: str
    forget: Callable[[], None] | None = None

    def told(self) -> None:
        if self.forget is not None:
            self.forget()

    def as_json(self) -> dict[str, object]:
        before = self.plan.before
        return {
            "environment": self.plan.environment,
            "changed": self.plan.changed,
            "commit": self.commit,
            "before": None if before is None else str(before),
            "after": str(self.plan.after),
            "diff": self.diff,
        }

    def lines(self, *, colour: bool) -> list[str]:  # noqa: ARG002 - it has none
        name, after = self.plan.environment, self.plan.after
        if not self.plan.changed:
            return [f"{name} has {after} already: nothing to do"]
        before = self.plan.before.tag if self.plan.before else "nothing"
        if self.commit is None:
            return [f"{name}: {before} -> {after.tag}, not written (dry run)", *self.diff.splitlines()]
        return [f"{name}: {before} -> {after.tag}", self.commit]


def land(
    repo: Repo,
    plan_for: Callable[[Snapshot], Plan],
    *,
    dry_run: bool,
    retry_for: timedelta,
    deep: bool = False,
    noted: bool = False,
) -> Landed:
    """Make the release that `plan_for` says, in one commit on the branch's head.

    A lost push goes back to the beginning: what the winner wrote may change what the rules say. With `noted` the commit
    is noted before it is pushed, and forgotten once it was told of: for a verb that would do more when run again.
    Raises RaceLost when `retry_for` is over, Rejected and Unreachable as the remote has it, and whatever `plan_for`
    raises.
    """
    line = Line(repo.remote, give_up=time.monotonic() + retry_for.total_seconds())
    seen = None
    try:
        while True:
            snapshot = gather(repo, datetime.now(UTC), deep=deep)
            plan = plan_for(snapshot)
            overlay = snapshot.files[plan.environment]
            image = snapshot.state.policy.environment(plan.environment).image
            text = pins.rewrite(overlay.text, image, plan.after, overlay.path) if plan.changed else overlay.text
            diff = _diff(overlay, text)
            forget = partial(repo.remote.note, plan.environment, None) if noted and not dry_run else None
            if dry_run or not plan.changed:
                return Landed(plan, None, diff, forget)
            commit = repo.remote.writing.commit(snapshot.state.head, overlay.path, text, _message(plan))
            if noted:
                repo.remote.note(plan.environment, commit)
            lost = _push(repo.remote, snapshot, commit, line.turn)
            if lost is None:
                line.turn = None  # it went with the push
                environment = snapshot.state.policy.environment(plan.environment)
                unsigned.warn_of_release(repo.remote, environment, plan, commit)
                return Landed(plan, commit, diff, forget)
            log.info("the push lost a race; deciding again on what %s has now: %s", snapshot.branch, lost.message)
            if not line.wait():
                raise _given_up(snapshot, plan, retry_for, lost, stood_still=snapshot.state.head == seen)
            seen = snapshot.state.head
    finally:
        line.leave()


def _given_up(snapshot: Snapshot, plan: Plan, retry_for: timedelta, lost: PushLost, *, stood_still: bool) -> RaceLost:
    """Return the error for a time that is over. A branch that `stood_still` was not taken by anybody: it is locked."""
    branch, time_ = snapshot.branch, durations.words(retry_for)
    if stood_still:
        return RaceLost(
            f"{plan.environment}: the branch {branch} did not move, and took no push for {time_} all the same;"
            f" nothing was written. {lost.message}",
            hint=f"ask whoever runs the server: a process that died there may have left a lock on {branch}",
        )
    return RaceLost(
        f"{plan.environment}: the branch {branch} kept moving for {time_}; nothing was written",
        hint="run the command again, or give it longer with --retry-for",
    )


def _push(remote: Remote, snapshot: Snapshot, commit: str, turn: str | None) -> PushLost | None:
    """Push `commit`. Returns how the race was lost, if it was; an answer that never came is asked for once more."""
    try:
        remote.push(f"refs/heads/{snapshot.branch}", commit, expected=snapshot.state.head, turn=turn)
    except PushLost as lost:
        return lost
    except Unreachable as error:
        try:
            head = remote.look(snapshot.branch)
        except Unreachable:
            raise Unreachable(
                f"{error.message}; whether the release landed is not known",
                hint="run the same command again once the remote answers: there will be one release, not two",
            ) from error
        if not remote.history.is_ancestor(commit, head):
            raise
    return None


def _message(plan: Plan) -> str:
    return commits.message(f"chore({plan.environment}): release {plan.after.tag}", plan.trailers)


def _diff(overlay: Overlay, text: bytes) -> str:
    """Return the change as `git diff` would show it, whatever the line ends."""
    import difflib  # noqa: PLC0415 - where nothing changes it is not needed

    before, after = (
        [line for line in re.split(r"(?<=\n)", side.decode("utf-8", "replace")) if line]
        for side in (overlay.text, text)
    )
    lines = difflib.unified_diff(before, after, f"a/{overlay.path}", f"b/{overlay.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
