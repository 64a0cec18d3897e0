"""What may happen to a branch, in any order, as hypothesis draws it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tagbump.model import Artifact
from tests.tagbump.machine import judge, others
from tests.tagbump.machine.asking import Lift
from tests.tagbump.machine.cast import ARTIFACTS, BUILT_FROM, CALLERS, NAMES, NOWHERE, ROOT, STARTS
from tests.tagbump.machine.choices import (
    APPROVERS,
    BUILDS,
    BY,
    HELD_OR_NAMED,
    LIES,
    LIFTED_BY_HAND,
    LIFTS,
    OVERLAYS,
    PINNED,
    PIPELINE,
    SOME,
    WHILES,
    WHOEVER_MAY,
    WORDS,
    any_of,
)
from tests.tagbump.machine.demands import AMENDMENTS, FROM, ROADS, SIGNED, Demands
from tests.tagbump.machine.judge import Asked
from tests.tagbump.machine.others import Edit, Lie, Words
from tests.tagbump.machine.play import Play


class Events(RuleBasedStateMachine):
    """Anything that may happen, one thing at a time. `name` is that of an environment."""

    tally: ClassVar[Counter[tuple[str, str]]] = Counter()
    """What was done in all plays, and what came of it."""

    play: Play
    begun: datetime

    @initialize(
        start=any_of(of=STARTS), joined=st.booleans(), settled=st.booleans(), signed=any_of(False, False, True),
        amendments=st.lists(any_of(of=AMENDMENTS), max_size=6),
    )  # fmt: skip
    def begin(self, start: datetime, joined: bool, settled: bool, signed: bool, amendments: list[str]) -> None:
        self.begun = start
        self.play = Play(start, Demands(joined=joined))
        if signed:
            self.play.amend(AMENDMENTS[SIGNED])
        if settled:
            self.carry("prod", "V1", "nothing", PIPELINE)
        for amendment in amendments:
            self.play.amend(AMENDMENTS[amendment])

    @rule(
        name=any_of(*["dev"] * 6, "stage"), artifact=BUILDS, source=any_of(*[None] * 6, ROOT, NOWHERE), lift=LIFTS,
        by=BY,
    )  # fmt: skip
    def bump(self, name: str, artifact: str, source: str | None, lift: Lift, by: str) -> None:
        built = ARTIFACTS[artifact]
        self.play.ask(Asked("bump", name, CALLERS[by], built, source or BUILT_FROM[built]), lift)

    @rule(
        name=any_of("stage", "prod", "prod", "qa", "dev"), artifact=HELD_OR_NAMED, approver=APPROVERS, lift=LIFTS, by=BY
    )
    def promote(self, name: str, artifact: str | None, approver: str | None, lift: Lift, by: str) -> None:
        asked = Asked("promote", name, CALLERS[by], ARTIFACTS[artifact] if artifact else None)
        self.play.ask(self._approved(asked, approver), lift)

    @rule(name=SOME, to=any_of(None, None, "here", "elsewhere", "nowhere"), number=st.integers(0, 9), by=BY)
    def roll_back(self, name: str, to: str | None, number: int, by: str) -> None:
        releases = [entry.commit for entry in self.play.ledger.entries if (entry.environment == name) == (to == "here")]
        named = releases[number % len(releases)] if releases and to != "nowhere" else "f" * 40
        self.play.roll_back(name, named if to else None, CALLERS[by])

    @rule(name=SOME, by=BY)
    def see(self, name: str, by: str) -> None:
        self.play.see(name, CALLERS[by])

    @rule(name=SOME, artifact=HELD_OR_NAMED, lie=LIES, by=BY)
    def forge(self, name: str, artifact: str | None, lie: Lie, by: str) -> None:
        named = ARTIFACTS[artifact] if artifact else self.play.ledger.held[name]
        if named is not None:
            others.forge(self.play, name, named, lie, CALLERS[by])

    @rule(names=OVERLAYS, artifact=PINNED, words=WORDS, lifted=LIFTED_BY_HAND, by=BY)
    def edit(self, names: list[str], artifact: str, words: Words, lifted: list[str], by: str) -> None:
        others.write(self.play, Edit(names, artifact, words, lifted), CALLERS[by])

    @rule(names=OVERLAYS, artifact=PINNED, words=WORDS, lifted=LIFTED_BY_HAND, by=BY)
    def merge(self, names: list[str], artifact: str, words: Words, lifted: list[str], by: str) -> None:
        others.write(self.play, Edit(names, artifact, words, lifted, merged=True), CALLERS[by])

    @rule(seconds=WHILES)
    def pass_time(self, seconds: int) -> None:
        self.play.pass_time(timedelta(seconds=seconds))

    @rule(name=any_of("stage", "prod", "qa"), artifact=BUILDS, lift=any_of("nothing", "what objects"), by=BY)
    def carry(self, name: str, artifact: str, lift: Lift, by: str) -> None:
        """Take an artifact all the way to an environment, and see it live in each."""
        for passed in reversed(ROADS[name]):
            over = self._soaked(passed, ARTIFACTS[artifact])
            self.play.now = max(self.play.now, over or self.play.now)
            self._ask(passed, artifact, WHOEVER_MAY, lift, by)
            self.see(passed, by)

    def teardown(self) -> None:
        if hasattr(self, "play"):
            Events.tally.update(self.play.tally)

    def _ask(self, name: str, artifact: str | None, approver: str | None, lift: Lift, by: str) -> None:
        if FROM[name]:
            self.promote(name, artifact, approver, lift, by)
        else:
            self.bump(name, artifact or "V2", None, lift, by)

    def _approved(self, asked: Asked, approver: str | None) -> Asked:
        """Return what is asked for with the approval of somebody, or of the first whose approval is enough."""
        if approver is None or asked.kind == "bump":
            return asked
        if approver != WHOEVER_MAY:
            return replace(asked, approver=NAMES[approver])
        each = (replace(asked, approver=name) for name in NAMES.values())
        enough = (approved for approved in each if not any(judge.against_the_approval(self.play.ledger, approved)))
        return next(enough, asked)

    def _soaked(self, name: str, artifact: Artifact | None) -> datetime | None:
        """Return when `artifact` has soaked enough for the environment; None where it does not even begin to."""
        previous = FROM[name]
        proven_at = self.play.ledger.proven_at(previous, artifact) if previous and artifact else None
        return None if proven_at is None else proven_at + self.play.ledger.demands[name].soak
