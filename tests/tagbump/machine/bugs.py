"""Bugs to plant in the rules: each a line of tagbump, and what somebody may have written instead."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from types import CodeType
from typing import Any, Final

import pytest

from tagbump import gather, record
from tagbump.names import RULE_NAMES
from tagbump.promotion import decisions, evidence, freezes, people, rules
from tagbump.state import State


@dataclass(frozen=True)
class Bug:
    """In `function`, `wrong` instead of `right`, which stands there once."""

    name: str
    function: Callable[..., Any]
    right: str
    wrong: str

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let whoever calls the function, by whatever name, call one with the bug."""
        source = dedent(inspect.getsource(self.function))
        assert source.count(self.right) == 1, f"{self.function.__name__} has changed: where does this bug go now?"
        module = compile(source.replace(self.right, self.wrong), f"<{self.name}>", "exec")
        code = next(found for found in module.co_consts if isinstance(found, CodeType))
        monkeypatch.setattr(self.function, "__code__", code)


BUGS: Final = (
    *(
        Bug(f"{rule} is left out", decisions.decide, "if (found :=", f'if rule != "{rule}" and (found :=')
        for rule in RULE_NAMES
    ),
    Bug("a soak that is over is not over", rules._soak, "now >= over", "now > over"),
    Bug(
        "a soak begins before its release",
        evidence._standing,
        "max(proof.recorded_at, released_at)",
        "proof.recorded_at",
    ),
    Bug("a freeze holds at its end", freezes.in_force, "now < end", "now <= end"),
    Bug("a freeze ends when the clock first says so", freezes._utc, "second if last else first", "first"),
    Bug("a proof of elsewhere is one", evidence.proof_of, "proof.environment != environment or ", ""),
    Bug("a proof of another artifact is one", evidence.proof_of, " or proof.artifact != str(artifact)", ""),
    Bug("a proof that stands elsewhere is one", evidence._standing, "proof.release != proof.target or ", ""),
    Bug(
        "a proof outlives a rollback",
        evidence._standing,
        "left_behind(state, environment, artifact, inherited=False)",
        "None",
    ),
    Bug("a rollback binds its environment alone", evidence.left_behind, "road[: None if inherited else 1]", "road[:1]"),
    Bug("what came first holds", evidence._binding, "in state.releases", "in reversed(state.releases)"),
    Bug("another tag is another artifact", evidence._same, "one.digest == other.digest", "one == other"),
    Bug("what is there is all that counts", State.signed_source, "if environment.signers else ()", "if False else ()"),
    Bug("sources are compared the wrong way", gather.lineage, "is_ancestor(new, rival)", "is_ancestor(rival, new)"),
    Bug(
        "a registry has two names",
        rules._digest_changed,
        "references.canonical(a.repository) == repository",
        "a.repository == artifact.repository",
    ),
    Bug(
        "one tag of a build is as good as another",
        rules._skip,
        "r.artifact == case.candidate.artifact",
        "r.artifact and r.artifact.digest == case.candidate.artifact.digest",
    ),
    Bug("a co-author is no author", people.authored, ", *commit.co_authors", ""),
    Bug(
        "anybody lifts what somebody may",
        decisions._may_lift,
        "people.is_one_of(who, allowed.get(rule, ()), case.state.policy.people)",
        "rule in allowed",
    ),
    Bug("what is lifted is not said", decisions._trailers, "for rule in lifted]", "for rule in lifted[1:]]"),
    Bug(
        "what is there is released again",
        decisions.decide,
        "case.candidate.artifact == case.candidate.current",
        "False",
    ),
    Bug(
        "the way back leads to and fro",
        decisions._is_way_back,
        "left_behind(state, release.environment, artifact, inherited=False) is None",
        "True",
    ),
    Bug("a release that nobody signed counts", State.releases_of, "r.counts and ", ""),
    Bug("words are believed whatever was done", record._release, 'trailers.get("Image") == (str(after),)', "trailers"),
    Bug("a merge grants what it brings", record._release, "merged=touched.merged", "merged=False"),
)
MORE_BUGS: Final = (
    Bug("a time that is left out is another", freezes._utc, "first <= second", "True"),
    Bug("a soak that is not over is over", rules._soak, "recorded_at + case.environment.soak", "recorded_at"),
    Bug("a freeze does not hold at its start", freezes.in_force, "start <= now", "start < now"),
    Bug("a freeze of a week is none", freezes._occurrences, "end <= start", "end < start"),
    Bug("a proof that nobody signed is one", evidence.proof_of, "not proof.counts", "False"),
    Bug(
        "a proof of a release elsewhere is one", evidence._standing, "state.releases_of(environment)", "state.releases"
    ),
    Bug(
        "a proof that is dated back is one",
        evidence._standing,
        "proof.recorded_at < released_at - CLOCKS_APART",
        "False",
    ),
    Bug("coming back later on is coming back", evidence._binding, "release.environment in on_the_way and ", ""),
    Bug("nobody may bring back, and somebody did", evidence._may_return, " and allowed", ""),
    Bug("the older is the newer", rules._older, "not case.lineage.older", "case.lineage.older"),
    Bug(
        "a bump may be older",
        decisions._binding,
        "if rule in _BIND_A_BUMP",
        'if rule in _BIND_A_BUMP and rule != "older"',
    ),
    Bug("a new tag is a changed digest", rules._digest_changed, "a.tag == artifact.tag and ", ""),
    Bug(
        "an address is as good as its name",
        people.is_one_of,
        "for name in spellings(text)}",
        "for name in _with_local_parts(spellings(text))}",
    ),
    Bug(
        "anybody approves",
        rules._approval,
        "people.is_one_of([who], environment.approvers, case.state.policy.people)",
        "True",
    ),
    Bug("a committer is no author", people.authored, "commit.committer, commit.committer_email, ", ""),
    Bug("a person has one name", people._joined, "names.union(*(group for group in groups if group & names))", "names"),
    Bug(
        "who asks lifts what another approved",
        decisions._may_lift,
        "[case.approved_by] if case.approved_by else case.request.by",
        "case.request.by",
    ),
    Bug(
        "what is named is not what is promoted",
        decisions._promoted,
        "request.artifact or state.artifacts[previous]",
        "state.artifacts[previous]",
    ),
    Bug(
        "the way back leads to the same build",
        decisions._is_way_back,
        "artifact.digest == current.digest",
        "artifact == current",
    ),
    Bug(
        "the oldest release is the current one",
        State.current_release,
        "for r in releases if",
        "for r in reversed(releases) if",
    ),
    Bug(
        "the oldest source is the current one", State.source_of, "in self.releases if", "in reversed(self.releases) if"
    ),
    Bug("a cluster that said nothing said no", decisions._trailers, "case.progressing is None", "False"),
)
