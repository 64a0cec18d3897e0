"""One artifact from a merged commit to prod and back: proven, approved, migrated, and never a request lost on the way.

Each environment is a fixture, which asks for the one before it: what was seen there is what its tests look at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.keeping import back
from tests.e2e.load import Load
from tests.e2e.messages import Messages, notified
from tests.e2e.platform import Platform

MIGRATION = "0003_add_link_note"
FAILED = "service-prod: the sync failed"


@dataclass
class Seen:
    """What was seen of the artifact in one environment."""

    artifact: str
    load: Load
    denied: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    """What `tagbump wait` said that people had to do."""
    shares: dict[int, float] = field(default_factory=dict)
    """Which share of the users got the artifact, in per cent, by the canary's weight."""
    both: set[str] = field(default_factory=set)
    """The digests that ran while the canary had its second weight, on the schema that was there then."""
    schema: str = ""
    held: str = ""
    """What git had for prod in the end, before others released there."""

    @property
    def digest(self) -> str:
        return self.artifact.partition("@")[2]


@pytest.fixture(scope="module")
def messages(whole: Platform) -> Iterator[Messages]:
    """What Argo CD's real notifications controller sends, by mail to a server here and by a webhook."""
    with notified(whole.world.root) as found:
        yield found


@pytest.fixture(scope="module")
def in_dev(whole: Platform) -> Seen:
    with whole.turns.at("dev"), whole.users("dev", rate=20) as load:
        artifact = whole.release("1.1.0", migration=MIGRATION)
        whole.live("dev")
        whole.evidence("delivery-dev", load)
    return Seen(artifact, load, both=whole.digests("dev"), schema=whole.schema("dev"))


@pytest.fixture(scope="module")
def in_stage(whole: Platform, in_dev: Seen, messages: Messages) -> Seen:
    """Synced by the approver; aborted once, and tried again."""
    with whole.turns.at("stage"), whole.users("stage", rate=20) as load:
        seen = Seen(in_dev.artifact, load)
        whole.promote("stage", seen.artifact)
        whole.until(lambda: whole.synced("stage") == "OutOfSync", seconds=60, told="stage shows it")
        seen.states.append(whole.wait("stage", timeout="10s").document["state"])
        seen.denied |= {name for name in ("ci", "reader") if whole.sync("stage", account=name).denied}
        heard(whole, messages, "service-stage waits for an approver to sync")
        assert whole.sync("stage").code == 0
        whole.until(lambda: whole.phase("stage") == "Progressing", told="under way")
        assert whole.act("stage", "abort").code == 0
        heard(whole, messages, "service-stage is degraded")
        assert whole.act("stage", "retry").code == 0
        whole.until(lambda: whole.weight("stage") == 25, told="25 %")
        seen.both, seen.schema = whole.digests("stage"), whole.schema("stage")
        whole.live("stage")
        whole.evidence("delivery-stage", load)
    return seen


@pytest.fixture(scope="module")
def in_prod(whole: Platform, in_stage: Seen, messages: Messages) -> Seen:
    """Synced and resumed by the approver."""
    with whole.turns.at("prod"), whole.users("prod") as load:
        seen = Seen(in_stage.artifact, load)
        before = whole.digests("prod")
        whole.promote("prod", seen.artifact)
        whole.until(lambda: whole.synced("prod") == "OutOfSync", seconds=60, told="prod shows it")
        assert whole.digests("prod") == before, "prod was deployed before anybody approved"
        assert whole.sync("prod").code == 0
        whole.until(lambda: whole.weight("prod") == 5, told="5 %")
        seen.shares[5] = split(load, seen.digest)
        whole.until(lambda: whole.weight("prod") == 25, told="25 %")
        seen.shares[25] = split(load, seen.digest)
        whole.until(lambda: whole.phase("prod") == "Paused", told="the pause at 25 %")
        seen.states.append(whole.wait("prod", timeout="10s").document["state"])
        seen.both, seen.schema = whole.digests("prod"), whole.schema("prod")
        seen.denied |= {name for name in ("ci", "reader") if whole.act("prod", "resume", account=name).denied}
        heard(whole, messages, "service-prod: the canary waits for an approver")
        assert whole.act("prod", "resume").code == 0
        whole.until(lambda: whole.weight("prod") == 50, told="50 %")
        load.rate = 100  # this weight ends by itself, after little more than half a minute
        seen.shares[50] = split(load, seen.digest)
        whole.live("prod")
        seen.held = whole.artifact("prod")
        whole.evidence("delivery-prod", load, shares=seen.shares)
    return seen


def heard(whole: Platform, messages: Messages, subject: str, *, after: int = 0) -> None:
    """Wait for a mail, other than the first `after` with that subject."""
    whole.until(lambda: len(messages.with_subject(subject)) > after, seconds=120, told=subject)


def split(load: Load, digest: str) -> float:
    """Return which share of the users gets the artifact with that digest, in per cent, once enough have asked."""
    load.forget()
    while sum(load.digests.values()) < 600:
        load.pause(0.5)
    return 100 * load.share_of(digest)


def gone(load: Load, digest: str) -> bool:
    """Say whether a second passes in which nobody gets the artifact with that digest."""
    load.forget()
    load.pause(1)
    return load.digests.total() > 0 and load.share_of(digest) == 0


def test_a_merged_commit_is_released_to_dev_and_proven_there(whole: Platform, in_dev: Seen) -> None:
    assert in_dev.digest in in_dev.both
    assert whole.proven("dev", in_dev.artifact)
    assert in_dev.load.failed == 0, in_dev.load.told()


def test_stage_waits_for_the_approvers_sync(whole: Platform, in_stage: Seen) -> None:
    assert in_stage.states == ["needs-sync"]
    assert in_stage.denied == {"ci", "reader"}
    assert whole.proven("stage", in_stage.artifact)
    assert in_stage.load.failed == 0, in_stage.load.told()


def test_prod_waits_for_the_approvers_sync_and_resume(whole: Platform, in_prod: Seen) -> None:
    assert in_prod.states == ["needs-resume"]
    assert in_prod.denied == {"ci", "reader"}
    assert whole.proven("prod", in_prod.artifact)
    assert in_prod.load.failed == 0, in_prod.load.told()


def test_the_load_balancer_splits_the_users_as_the_steps_say(in_prod: Seen) -> None:
    assert 1 <= in_prod.shares[5] <= 11, in_prod.shares
    assert 17 <= in_prod.shares[25] <= 33, in_prod.shares
    assert 40 <= in_prod.shares[50] <= 60, in_prod.shares


def test_the_same_artifact_runs_in_all_three(in_dev: Seen, in_stage: Seen, in_prod: Seen) -> None:
    assert in_dev.artifact == in_stage.artifact == in_prod.artifact == in_prod.held
    assert in_prod.digest in in_dev.both & in_stage.both & in_prod.both


def test_old_and_new_work_at_once_on_the_migrated_database(in_stage: Seen, in_prod: Seen) -> None:
    for seen in (in_stage, in_prod):
        assert len(seen.both) == 2, "the old version and the new one"
        assert seen.schema == MIGRATION
        assert seen.load.failed == 0, seen.load.told()


def test_people_hear_that_a_promotion_waits_for_them_and_that_it_failed(in_prod: Seen, messages: Messages) -> None:
    assert in_prod.states, "all of it is over"
    subjects = [mail.subject for mail in messages.mails]
    link = re.compile(r"https://argocd\.example\.com/applications/service-(dev|stage|prod)")
    assert all(link.search(text) for text in [*messages.bodies, *messages.posted])
    assert {to for mail in messages.mails for to in mail.recipients} == {"releases@example.com"}
    # Once, however often Argo CD looks.
    assert subjects.count("service-prod: the canary waits for an approver") == 1, subjects
    posted = [
        text for text in messages.posted if "service-prod: the canary is paused, and waits for an approver" in text
    ]
    assert len(posted) == 1, messages.posted


def test_a_rollback_after_a_migration_needs_no_old_schema(whole: Platform, in_prod: Seen) -> None:
    with whole.turns.at("prod"), whole.users("prod") as load:
        held = whole.artifact("prod")
        back(whole, "prod", "to show that it goes")
        led = whole.led("prod")
        # A load balancer that has been told takes a moment to do it.
        whole.until(lambda: gone(load, in_prod.digest), seconds=10, told=f"nobody gets it any more: {led}")
        share, schema = split(load, in_prod.digest), whole.schema("prod")
        whole.evidence("delivery-rollback", load, share=share, led=led)

    assert held == in_prod.artifact
    assert share == 0, f"nobody gets it any more: {led}"
    assert schema == MIGRATION
    assert load.failed == 0, load.told()


def test_people_hear_that_a_sync_failed(whole: Platform, messages: Messages) -> None:
    path = "k8s/overlays/prod/replicas.yaml"
    with whole.turns.at("prod"):
        good = whole.world.read(path)
        # Others may have had a sync fail before.
        mails, posts = len(messages.with_subject(FAILED)), len(messages.posted)
        whole.world.commit("chore(prod): as many pods as cannot be", {path: good.replace("value: 20", "value: 0")})
        whole.refresh("prod")
        whole.approve("prod")
        heard(whole, messages, FAILED, after=mails)
        mended = whole.world.commit("chore(prod): as many as there were", {path: good})
        whole.refresh("prod")
        # Before that, it would try again what failed.
        whole.until(lambda: whole.seen("prod", mended), seconds=60, told="Argo CD has seen what mends it")
        whole.until(lambda: whole.sync("prod").code == 0, seconds=60, told="no other sync runs")
        whole.live("prod")

    (text,) = [text for text in messages.posted[posts:] if FAILED in text]
    assert "maxReplicas" in text
