"""Generated repositories are real ones, the same every time, and of the shape that was asked for."""

import json
from pathlib import Path

import pytest

from bench import running
from bench.errors import BenchFailed
from bench.generate import Shape, generate, overlay, policy
from bench.workshop import Remote, Workshop

SHAPE = Shape(commits=41, overlays=6, roots=2, own=7)


@pytest.fixture
def remote(shop: Workshop) -> Remote:
    return shop.remote(SHAPE)


def test_a_repository_has_the_commits_overlays_and_releases_that_were_asked_for(remote: Remote) -> None:
    commits = remote.git("rev-list", "--count", "main")
    overlays = remote.git("ls-tree", "-r", "--name-only", "main", "k8s").split()
    subjects = remote.git("log", "--format=%s", "main").splitlines()
    own = remote.git("log", "--format=%H", "--grep=^Image: ", "main").split()

    remote.git("fsck", "--strict")
    assert commits.strip() == "41"
    assert sorted(overlays) == sorted(map(overlay, SHAPE.names))
    assert sum(subject.startswith("chore(") for subject in subjects) == 20
    assert len(own) == 7


def test_the_same_shape_gives_the_same_repository(shop: Workshop, remote: Remote, tmp_path: Path) -> None:
    generate(tmp_path / "again.git", SHAPE, shop.env)

    assert Remote(tmp_path / "again.git", shop.env).head() == remote.head()


def test_tagbump_finds_its_own_releases_there_and_what_they_were_built_from(shop: Workshop, remote: Remote) -> None:
    said = running.run_program(shop.tagbump, "status", "--repo", remote.url, "--json", env=shop.env)

    board = {found["name"]: found for found in json.loads(said)["environments"]}
    assert list(board) == ["dev", "stage", "prod", *SHAPE.free]
    newest = next(found for found in board.values() if found["source"])
    assert remote.git("cat-file", "-t", newest["source"]).strip() == "commit"


def test_somebody_elses_commit_comes_on_top(remote: Remote) -> None:
    before = remote.head()

    remote.commit("feat: name more", {"tagbump.yaml": policy(["app0000"])})

    assert remote.git("rev-parse", "main^").strip() == before
    assert remote.git("diff", "--name-only", "main^", "main").split() == ["tagbump.yaml"]
    assert "app0001" not in remote.git("show", "main:tagbump.yaml")


def test_who_wrote_nothing_is_told(remote: Remote) -> None:
    base = remote.head()
    remote.commit("feat: one", {"a": "b"})

    remote.expect(1, base)
    with pytest.raises(BenchFailed, match="1 commits landed where 2 were to be measured"):
        remote.expect(2, base)
