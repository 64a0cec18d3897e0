"""What is mailed of a stage that failed: its page, and a subject that is one line whatever the words are."""

import json
from pathlib import Path

import pytest

from pipeline.commands.mail import mail, subject
from pipeline.commands.mail_to import mail_to
from pipeline.errors import Misconfigured, Stopped
from pipeline.job import Job
from pipeline.outcome import write
from tests.pipeline.checkouts import PLATFORM, Told, run
from tests.tagbump.world import World

JENKINS = {
    "JOB_NAME": "service/feature%2Fshort-links", "BUILD_NUMBER": "12", "STAGE_NAME": "Live in prod",
    "BUILD_URL": "https://jenkins.example.com/job/service/12/",
}  # fmt: skip
FAILED = Stopped("prod: the release failed", "Rollout service: <b>aborted</b>\nsecond line")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A build in an empty folder."""
    job = Job(tmp_path, JENKINS, Told())
    job.folder.mkdir(parents=True)
    return job


def test_the_mail_says_which_build_failed_and_why(job: Job) -> None:
    write(job, "prove prod", FAILED)

    line = mail(job)

    page = (job.folder / "mail.html").read_text()
    assert line == "service feature/short-links #12: prod: the release failed"
    assert "Rollout service: &lt;b&gt;aborted&lt;/b&gt;\nsecond line" in page
    assert f'href="{JENKINS["BUILD_URL"]}"' in page


def test_a_stage_that_left_no_word_is_named(job: Job) -> None:
    line = mail(job)

    page = (job.folder / "mail.html").read_text()
    assert line == "service feature/short-links #12: Live in prod failed"
    assert f'href="{JENKINS["BUILD_URL"]}console"' in page


def test_what_another_build_left_in_the_workspace_is_not_mailed(job: Job) -> None:
    write(
        Job(job.root, {**JENKINS, "BUILD_URL": "https://jenkins.example.com/job/service/11/"}, Told()), "scan", FAILED
    )

    assert mail(job) == "service feature/short-links #12: Live in prod failed"


@pytest.mark.parametrize("content", ["", '{"verb": "scan", "summ', "[]", "{}", "null"])
def test_an_outcome_that_was_never_finished_keeps_no_mail_back(job: Job, content: str) -> None:
    (job.folder / "outcome.json").write_text(content)

    assert mail(job) == "service feature/short-links #12: Live in prod failed"


def test_without_jenkins_there_is_a_mail_all_the_same(job: Job) -> None:
    assert mail(Job(job.root, {}, Told())) == "a stage failed"


@pytest.mark.parametrize(
    ("build", "summary", "line"),
    [
        ("service main #1", "it failed", "service main #1: it failed"),
        ("", "it failed", "it failed"),
        ("a\r\nBcc: all@example.com", "b\nX: y", "a Bcc: all@example.com: b X: y"),
        ("a\x00b\x1b[31m", "c\u2028d\u0085e", "a b [31m: c d e"),
        ("a\u202eb", "\tc ", "a b: c"),
    ],
)
def test_a_subject_is_one_line_and_nothing_else(build: str, summary: str, line: str) -> None:
    assert subject(build, summary) == line


def test_a_subject_is_cut() -> None:
    assert len(subject("service main #1", "x" * 1000)) == 200


def test_mail_to_is_the_platforms(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform/platform.yaml").write_text(PLATFORM)

    assert mail_to(Job(tmp_path, {}, Told())) == "releases@example.com"


@pytest.mark.parametrize("content", ["", "[]", "data: {}", "data: {mail-to: ''}", "a: ["])
def test_a_platform_that_says_nothing_of_it_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform/platform.yaml").write_text(content)

    with pytest.raises(Misconfigured, match=r"platform/platform\.yaml"):
        mail_to(Job(tmp_path, {}, Told()))


@pytest.mark.parametrize("words", [[], ["fly"], ["release"], ["road", "dev"], ["release", "dev", "now"]])
def test_words_that_are_no_verb_are_answered_with_those_that_are(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, {}, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m pipeline VERB [ENVIRONMENT]" in done.stderr


def test_a_verb_that_fails_leaves_its_outcome_and_the_next_one_forgets_it(tmp_path: Path) -> None:
    outcome = tmp_path / "build/pipeline/outcome.json"

    failed = run(tmp_path, JENKINS, "mail-to")
    left = json.loads(outcome.read_text())
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform/platform.yaml").write_text(PLATFORM)
    done = run(tmp_path, JENKINS, "mail-to")

    assert (failed.returncode, failed.stdout) == (2, "")
    assert (left["verb"], left["summary"]) == ("mail-to", "platform/platform.yaml can't be read")
    assert (done.returncode, done.stdout) == (0, "releases@example.com\n")
    assert not outcome.exists()


def test_a_bug_is_told_as_one(world: World) -> None:
    folder = world.checkout / "build/pipeline"
    (world.checkout / ".dockerignore").write_bytes(b"\xff")

    done = run(world.checkout, {**world.env, **JENKINS}, "artifact")

    outcome = json.loads((folder / "outcome.json").read_text())
    assert done.returncode == 1
    assert outcome["summary"].startswith("artifact: a bug in tools/pipeline: UnicodeDecodeError")
    assert "Traceback" in outcome["detail"]
