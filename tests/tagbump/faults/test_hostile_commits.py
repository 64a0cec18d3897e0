"""Commits and tags that somebody who can push made to hold up, or to fool, whoever reads them."""

import pytest

from tagbump.promotion import people
from tagbump.repository import commits
from tests.tagbump.world import World, artifact

HEAD = b"tree " + b"0" * 40 + b"\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\n"
MANY = 400_000

# At this size what looks at each character once takes a second, and what starts anew at each takes days.
LONG = {
    "blanks-in-a-co-author": HEAD + b"x\n\nco-authored-by: a" + b" " * MANY + b"x",
    "tabs-in-a-co-author": HEAD + b"x\n\nco-authored-by: " + b"\t" * MANY + b"x",
    "letters-in-a-co-author": HEAD + b"x\n\nco-authored-by: " + b"a" * MANY,
    "brackets-in-a-co-author": HEAD + b"x\n\nco-authored-by: " + b"<" * MANY,
    "addresses-in-a-co-author": HEAD + b"x\n\nco-authored-by: " + b"a@" * MANY,
    "marks-on-a-co-author": HEAD + b"x\n\nco-authored-by: a" + "\u0301\u0327".encode() * MANY,
    "brackets-in-an-author": HEAD.replace(b"A <a@x>", b"<" * MANY),
    "closing-brackets-in-an-author": HEAD.replace(b"A <a@x>", b">" * MANY),
    "one-trailer-many-times": HEAD + b"x\n\n" + b"Image: x\n" * MANY,
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", LONG)
def test_a_commit_of_any_size_is_read_in_the_time_it_takes_to_look_at_it(kind: str) -> None:
    read = commits.source_commit("0" * 40, LONG[kind])
    said = commits.trailers(commits.read(LONG[kind]).message)

    names = set(said)
    assert people.authored("grace", [read], {}) is None
    assert read.hash == "0" * 40
    assert names <= {"Image", "co-authored-by"}


def test_a_release_that_says_ten_megabytes_is_read_and_gone_on_from(ready: World) -> None:
    text = ready.read("k8s/overlays/dev/kustomization.yaml").replace("1.1.0", "1.2.0")
    message = f"chore(dev): release 1.2.0\n\n{'x' * 10_000_000}\n\nImage: {artifact('1.2.0')}\n"
    ready.git("pull", "--quiet", "--rebase")
    ready.write({"k8s/overlays/dev/kustomization.yaml": text, "message": message})
    ready.git("commit", "--quiet", "--all", "--file", "message")
    ready.git("push", "--quiet", "origin", "HEAD:main")

    ready.done("bump", "dev", artifact("1.3.0"), "--source", ready.head())

    assert ready.artifact("dev") == artifact("1.3.0")


def test_no_log_line_moves_a_cursor(ready: World) -> None:
    """Names of images come from files that somebody committed; a log is read on a terminal."""
    text = 'images:\n  - name: "\\e[2J\\a"\n    newTag: "1"\n'
    ready.commit("fix: an image", {"k8s/overlays/stage/kustomization.yaml": text})

    outcome = ready.run("promote", "stage", "--approved-by", "grace", "--verbose")

    assert "is added" in outcome.stderr
    assert "\x1b" not in outcome.stderr
    assert "\x07" not in outcome.stderr
