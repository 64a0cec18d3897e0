"""What the board says of an environment, in words: the terminal and the page lay out the same facts.

Names, subjects and reasons in them are as somebody wrote them. Whoever shows them makes them harmless.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from tagbump import changes, durations
from tagbump.board.marks import ROLLOUTS, Tone
from tagbump.board.model import Board, Standing
from tagbump.cluster.model import Rollout
from tagbump.cluster.rollouts import STATES
from tagbump.model import Artifact, Environment, Frozen, Proof, Release
from tagbump.names import DOES_NOT_COUNT
from tagbump.times import minute
from tagbump.values import Value

FEW: Final = 5  # of what may be hundreds; as many as can be taken in at a glance
_LONG_DIGEST: Final = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


class Fact(Value):
    """One row of an environment: a label, what holds, and when that was, where it was at a moment (aware UTC).

    `details` stand beneath, each a code (a short commit, a tag; "" for none) and words.
    """

    label: str
    words: str
    moment: datetime | None = None
    tone: Tone = "plain"
    details: tuple[tuple[str, str], ...] = ()


def short_commit(commit: str | None) -> str:
    return commit[:12] if commit else "unknown"


def short_digest(artifact: Artifact) -> str:
    return _short(artifact.digest)


def policy(environment: Environment) -> tuple[str, ...]:
    """Return what `environment` asks for before it takes an artifact, as `tagbump.yaml` words it."""
    asked = []
    if environment.approval != "none":
        asked.append(f"approval: {environment.approval}")
    if environment.soak:
        asked.append(f"soak: {durations.words(environment.soak)}")
    return tuple(asked)


def facts(board: Board, standing: Standing) -> tuple[Fact, ...]:
    """Return the rows of one environment, in the order in which they are asked about."""
    rows = list[Fact]()
    if standing.fault is not None:
        rows.append(Fact("overlay", standing.fault, tone="alarm"))
    rows += _rollout(standing.rollout)
    if standing.artifact is not None:
        rows.append(Fact("source", short_commit(standing.source)))
        rows.append(_released(standing, board.at))
        rows.append(_proof(standing.proof, board.at))
        rows += _account(standing.release, standing.environment)
        rows += _behind(standing)
    rows += _soak(board, standing)
    rows += _frozen(standing.frozen, board.at)
    rows += _refuses(standing)
    return tuple(rows)


def _rollout(rollout: Rollout | None) -> Iterator[Fact]:
    if rollout is not None:
        words, *details = filter(None, [STATES[rollout.state], rollout.detail])
        yield Fact("rollout", words, tone=ROLLOUTS[rollout.state][1], details=tuple(("", said) for said in details))


def _released(standing: Standing, at: datetime) -> Fact:
    release = standing.release
    if standing.unsigned is not None:
        words = f"by {short_commit(standing.unsigned.commit)}, which {DOES_NOT_COUNT}"
        return Fact("released", words, standing.unsigned.released_at, "alarm")
    if release is None:
        return Fact("released", "unknown: no release in this history")
    return Fact("released", _ago(release.released_at, at), release.released_at)


def _account(release: Release | None, environment: Environment) -> Iterator[Fact]:
    """Yield who released, who agreed, and which rules somebody lifted, why."""
    if release is None:
        return
    yield Fact("released by", release.by)
    if release.approved_by:
        yield Fact("approved by", release.approved_by)
    elif environment.approval != "none":
        yield Fact("approved by", "nobody", tone="warn")
    if release.overrides:
        yield Fact("override", f"lifted {', '.join(release.overrides)}", tone="alarm")
    if release.reason or release.overrides:
        yield Fact("reason", release.reason or "none given")


def _proof(proof: Proof | str, at: datetime) -> Fact:
    if isinstance(proof, Proof):
        return Fact("proof", f"proven {_ago(proof.recorded_at, at)}", proof.recorded_at, "good")
    return Fact("proof", _short(proof), tone="warn")


def _behind(standing: Standing) -> Iterator[Fact]:
    previous = standing.environment.previous
    if previous is None:
        return
    if standing.behind is None:
        yield Fact("behind", f"unknown how many commits behind {previous}")
        return
    number = count(standing.behind, "commit") if standing.behind else "no commits"
    counted = [("", changes.counted(standing.waiting))] if standing.waiting else []
    listed = [
        (short_commit(change.commit.hash), f"{'breaking: ' * change.breaking}{change.commit.subject}")
        for group in changes.grouped(standing.waiting)
        for change in group.changes
        if change.type != "release"  # they are counted; what they bring is listed beside them
    ]
    yield Fact("behind", f"{number} behind {previous}", details=(*counted, *_few(listed)))


def _soak(board: Board, standing: Standing) -> Iterator[Fact]:
    """Yield how long the artifact that waits in `from` has yet to soak; nothing where none waits, or that is over."""
    for source in board.standings:
        if source.environment.name != standing.environment.previous or source.artifact in {None, standing.artifact}:
            continue
        if isinstance(source.proof, Proof) and source.artifact is not None:
            over = source.proof.recorded_at + standing.environment.soak
            if standing.environment.soak and over > board.at:
                yield Fact("soak", f"{_left(over, board.at)} left for {source.artifact.tag}", over, "warn")


def _frozen(frozen: Frozen | None, at: datetime) -> Iterator[Fact]:
    if frozen is not None:
        words = f"until {minute(frozen.until)}, {_left(frozen.until, at)} from now"
        yield Fact("frozen", words, tone="cold", details=(("", frozen.reason or "no reason given"),))


def _refuses(standing: Standing) -> Iterator[Fact]:
    """Yield what cannot come back. A rollback in an earlier environment says so: the reason was found there."""
    refused = []
    for rollback in standing.left_behind:
        elsewhere = rollback.environment != standing.environment.name
        place = f" (rolled back in {rollback.environment})" if elsewhere else ""
        tag = rollback.before.tag if rollback.before else "unknown"
        refused.append((tag, f"{rollback.reason or 'no reason given'}{place}"))
    if refused:
        words = f"{count(len(refused), 'artifact')} rolled back from"
        yield Fact("refuses", words, tone="warn", details=_few(refused))


def _few(details: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    shown = tuple(details[:FEW])
    return (*shown, ("", f"and {len(details) - FEW} more")) if len(details) > FEW else shown


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _ago(moment: datetime, at: datetime) -> str:
    return f"{durations.words(at - moment)} ago"


def _left(moment: datetime, at: datetime) -> str:
    """Say the time until `moment`; to the minute, rounded up: a board is not looked at for its seconds."""
    minutes = -((at - moment) // timedelta(minutes=1))
    return durations.words(timedelta(minutes=minutes))


def _short(text: str) -> str:
    return _LONG_DIGEST.sub(r"\1", text)
