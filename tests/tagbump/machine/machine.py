"""The state machine: what may happen, and what seldom comes about where one thing after another is left to chance."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.tagbump.machine import clocks
from tests.tagbump.machine.asking import Lift
from tests.tagbump.machine.cast import ARTIFACTS, BUILT_FROM, CALLERS, NAMES
from tests.tagbump.machine.choices import (
    ANYBODY,
    APPROVERS,
    AWAY,
    BUILDS,
    BY,
    HELD_OR_NAMED,
    LIES,
    LIFTS,
    NAMED,
    NEXT,
    PIPELINE,
    SOME,
    WHOEVER_MAY,
    any_of,
)
from tests.tagbump.machine.demands import AMENDMENTS, FROM, OVERRIDES, WINDOWS, Amendment
from tests.tagbump.machine.events import Events
from tests.tagbump.machine.judge import Asked
from tests.tagbump.machine.ledger import made
from tests.tagbump.machine.others import Lie


class Machine(Events):
    """Anything that may happen, and some of it on purpose."""

    @rule(amendment=any_of(of=AMENDMENTS), artifact=HELD_OR_NAMED, approver=NAMED, lift=LIFTS, by=ANYBODY)
    def amend_and_ask(self, amendment: str, artifact: str | None, approver: str | None, lift: Lift, by: str) -> None:
        """Change tagbump.yaml, and ask something of the environment that asks for something else now."""
        self.play.amend(AMENDMENTS[amendment])
        self._ask(AMENDMENTS[amendment].environments[0], artifact, approver, lift, by)

    @rule(name=SOME, approver=APPROVERS, lift=LIFTS, by=ANYBODY)
    def survey(self, name: str, approver: str | None, lift: Lift, by: str) -> None:
        """Ask what would come of each artifact there is."""
        asked = Asked(made(name), name, CALLERS[by])
        each = (replace(asked, artifact=artifact, source=source) for artifact, source in BUILT_FROM.items())
        self.play.survey([self._approved(one, approver) for one in each], lift)

    @rule(name=NEXT, artifact=HELD_OR_NAMED, lift=LIFTS, by=ANYBODY)
    def survey_the_approvals(self, name: str, artifact: str | None, lift: Lift, by: str) -> None:
        """Ask what would come of each approval there may be, where four eyes are to see it."""
        self.play.amend(Amendment((name,), "approval", "four-eyes"))
        asked = Asked("promote", name, CALLERS[by], ARTIFACTS[artifact] if artifact else None)
        self.play.survey([replace(asked, approver=approver) for approver in NAMES.values()], lift)

    @rule(name=any_of("prod", "dev"), told=any_of(True, True, False, None))
    def roll_out(self, name: str, told: bool | None) -> None:
        """Let a cluster, which is asked from now on, say that a rollout is under way, or that none is, or nothing."""
        self.play.amend(Amendment((name,), "application", True))
        self.play.ledger.progressing = told

    @rule(name=SOME, further=SOME, lift=LIFTS, overrides=any_of(None, of=range(len(OVERRIDES))), by=BY)
    def roll_back_and_ask_for_it_again(
        self, name: str, further: str, lift: Lift, overrides: int | None, by: str
    ) -> None:
        left = next((known for known, artifact in ARTIFACTS.items() if artifact == self.play.ledger.held[name]), None)
        self.roll_back(name, None, 0, PIPELINE)
        if left is not None:
            self._ask(further, left, WHOEVER_MAY, lift, by)
        if overrides is not None:
            self.play.amend(Amendment((further,), "overrides", OVERRIDES[overrides]))

    @rule(
        name=NEXT, artifact=any_of(None, "V1", "V2", "V3"), lie=st.none() | LIES, seconds=AWAY, lift=LIFTS, by=BY
    )  # fmt: skip
    def promote_about_the_end_of_a_soak(
        self, *, name: str, artifact: str | None, lie: Lie | None, seconds: int, lift: Lift, by: str
    ) -> None:
        """Ask for what has soaked, or would have if what somebody pushed as a proof were one."""
        previous = FROM[name] or ""
        if artifact is not None:
            self.carry(previous, artifact, "nothing", PIPELINE)
        if lie is not None:
            self.forge(previous, None, lie, by)
        over = self._soaked(name, self.play.ledger.held[previous])
        self.play.now = (over or self.play.now + self.play.ledger.demands[name].soak) + timedelta(seconds=seconds)
        self._ask(name, None, WHOEVER_MAY, lift, PIPELINE)

    @rule(
        name=any_of("prod", "dev"), windows=any_of(None, of=range(len(WINDOWS))), clocks_change=st.booleans(),
        number=st.integers(0, 15), seconds=AWAY, artifact=BUILDS, lift=LIFTS,
    )  # fmt: skip
    def ask_about_the_edge_of_a_freeze(
        self, *, name: str, windows: int | None, clocks_change: bool, number: int, seconds: int, artifact: str,
        lift: Lift,
    ) -> None:  # fmt: skip
        if windows is not None:
            self.play.amend(Amendment((name,), "windows", WINDOWS[windows]))
        wanted = self.play.ledger.demands[name].windows
        found = clocks.edges(wanted, self.begun)
        if clocks_change:
            found = [moment for moment in found if clocks.are_changed(wanted, moment)] or found
        if found:  # the clocks of two machines may be days apart
            self.play.now = found[number % len(found)] + timedelta(seconds=seconds)
        self._ask(name, artifact if name == "dev" else None, WHOEVER_MAY, lift, PIPELINE)
