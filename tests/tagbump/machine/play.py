"""What happens, step by step: tagbump decides, the branch keeps it, and the ledger says what is right."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tagbump import landing
from tagbump.model import Artifact, Proof
from tagbump.promotion import evidence
from tagbump.repository import proofs
from tagbump.state import Plan, State
from tests.tagbump.machine import asking, clocks, judge, promises
from tests.tagbump.machine.asking import REASON, Lift
from tests.tagbump.machine.branch import Branch, overlay
from tests.tagbump.machine.cast import Caller
from tests.tagbump.machine.demands import FROM, Amendment, Demands
from tests.tagbump.machine.judge import Asked
from tests.tagbump.machine.ledger import Entry, Ledger, Tag, tag_name


class Play:
    """A branch and the ledger beside it, at a moment. `tally` counts what was done and what came of it."""

    def __init__(self, now: datetime, demands: Demands) -> None:
        self.now = now
        self.demands = demands
        self.tally: Counter[tuple[str, str]] = Counter()
        self.ledger = Ledger(demands)
        self.branch = Branch(demands.policy())

    def step(self, what: str) -> None:
        self.tally["steps", what] += 1

    # What tagbump is asked

    def ask(self, asked: Asked, lift: Lift = "nothing") -> None:
        """Ask for a bump or a promotion, with these rules to be lifted."""
        self.step(asked.kind)
        asked, plan, lifted = self._decided(asked, lift)
        if plan is not None and plan.changed:
            self._land(asked, plan, lifted)
            _, again, _ = self._decided(replace(asked, artifact=plan.after), "nothing")
            assert again is not None, "what is there already is refused"
            assert not again.changed, "what is there already is released again"

    def survey(self, each: Iterable[Asked], lift: Lift) -> None:
        """Ask for each of these, and let nothing come of it: dry runs, all of them."""
        self.step("survey")
        for asked in each:
            self._decided(asked, lift)

    def roll_back(self, name: str, to: str | None, by: Caller) -> None:
        """Ask for a rollback of the environment `name`, to one of its releases or by default."""
        self.step("rollback")
        plan = self._way_back(name, to)
        if plan is not None and plan.changed:
            self._land(Asked("rollback", name, by, plan.after), plan, ())

    def see(self, name: str, by: Caller) -> None:
        """Record that what the environment `name` has was seen live, as `wait --record` does."""
        self.step("proof")
        held, release = self.ledger.held[name], self.state(deep=True).current_release(name)
        wanted = self.ledger.newest(name, held)
        assert (release and release.commit) == wanted, f"{name} has its artifact by {wanted}, and not by {release}"
        if held is None or release is None:
            return
        proof = self.proof(name, held)
        if proof is None or proof.release != release.commit:
            self.tag(tag_name(name, held), Tag(name, str(held), release.commit, release.commit, self.now, by.key))
            self.tally["done", "proof"] += 1

    def proof(self, name: str, artifact: Artifact) -> Proof | None:
        """Return what counts as the proof of `artifact` in the environment `name`."""
        proof = evidence.proof_of(self.state(deep=True), name, artifact)
        found = None if isinstance(proof, str) else proof
        seen = found and found.recorded_at
        assert seen == self.ledger.proven_at(name, artifact), f"{name} has proven {artifact} at {seen}: {proof}"
        return found

    # What happens beside it

    def pass_time(self, by: timedelta) -> None:
        self.step("clock")
        self.now += by

    def amend(self, amendment: Amendment) -> None:
        """Let tagbump.yaml be changed."""
        self.step("tagbump.yaml")
        self.demands = self.demands.amended(amendment)
        self.ledger.hold_to(self.demands)
        self.branch.hold_to(self.demands.policy())
        self._agree()

    def tag(self, name: str, tag: Tag | None) -> None:
        """Push a proof tag, over whatever has its name; None stands for one that says nothing."""
        self.ledger.tags.pop(name, None)
        target, words, key = self.branch.head, "proof: of nothing", None
        if tag is not None:
            self.ledger.tags[name] = tag
            target, key = tag.target, tag.key
            words = proofs.message(tag.environment, Artifact.parse(tag.artifact), tag.release, ["readyz"], tag.at)
        self.branch.tag(name, target, words, self.now, key)

    def keep(self, entries: Sequence[Entry], before: State) -> None:
        """Write down what is new on the branch, oldest first, and see that nothing else is told otherwise now."""
        for entry in entries:
            self.ledger.write(entry)
        assert self.state(deep=True).releases[len(entries) :] == before.releases, "history is rewritten"
        self._agree()

    def state(self, *, deep: bool) -> State:
        """Return what the rules see: all of it, or what `bump` and `promote` have a look at."""
        return self.branch.state(self.now, deep=deep)

    # What must come of it

    def _decided(self, asked: Asked, lift: Lift) -> tuple[Asked, Plan | None, Sequence[str]]:
        """Hold what is decided to what the ledger says of it."""
        objecting = list(judge.objections(self.ledger, asked, self.now))
        asked = replace(asked, lift=asking.to_lift(objecting, lift))
        wanted = judge.verdict(self.ledger, asked, self.now)
        state, progressing = self.state(deep=False), self.ledger.progressing

        plan, verdict = asking.decide(state, asked, progressing=progressing)

        assert asking.decide(state, asked, progressing=progressing) == (plan, verdict), "it is decided otherwise again"
        if plan is not None and plan.changed:
            promises.hold_of_a_release(self.ledger, plan, verdict.lifted)
        assert verdict == wanted, f"{asked} comes to {verdict}, and should to {wanted}"
        self.tally.update(("refused", rule) for rule in verdict.refused)
        self.tally.update(("lifted", rule) for rule in verdict.lifted)
        if "frozen" in objecting and clocks.are_changed(self.ledger.demands[asked.environment].windows, self.now):
            self.tally["frozen", "while the clocks are changed"] += 1
        return asked, plan, verdict.lifted

    def _way_back(self, name: str, to: str | None) -> Plan | None:
        wanted = judge.way_back(self.ledger, name, to)

        plan, verdict = asking.way_back(self.state(deep=True), name, to)

        if plan is not None:
            promises.hold_of_a_rollback(self.ledger, plan)
        assert verdict == wanted, f"the way back of {name} comes to {verdict}, and should to {wanted}"
        return plan

    def _land(self, asked: Asked, plan: Plan, lifted: Sequence[str]) -> None:
        """Commit what was decided, and see that what is read back is what was asked for, in sight."""
        name, before = asked.environment, self.state(deep=True)
        held, source = self.ledger.held[name], judge.source(self.ledger, asked)

        found = self.branch.commit(
            {name: overlay(plan.after)}, landing._message(plan), self.now, asked.by.names, asked.by.key
        )

        entry = Entry(
            name, self.branch.head, held, plan.after, self.now, asked.by.key, asked.kind, frozenset(lifted), source
        )
        assert [asking.read_back(release, asked.by.key) for release in found] == [entry]
        assert found[0].approved_by == (asked.approver.text if asked.approver else None)
        assert found[0].reason == (REASON if asked.lift or asked.kind == "rollback" else None)
        silent = self.ledger.demands[name].application and self.ledger.progressing is None and asked.kind != "rollback"
        assert ("Not-judged" in found[0].trailers) == silent, "whether a rollout was under way is not known, nor said"
        self.ledger.halved.discard(name)
        self.keep([entry], before)
        self.tally["done", asked.kind] += 1

    def _agree(self) -> None:
        """See that the branch and the ledger say the same."""
        state = self.state(deep=True)
        assert state.artifacts == self.ledger.held
        assert set(state.proofs) == set(self.ledger.tags)
        for name in FROM:
            told = {release.before.digest for release in evidence.refused_in(state, name) if release.before}
            assert told == self.ledger.refused_in(name), f"{name} is said to refuse {told}"
