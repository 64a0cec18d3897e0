"""Trees as git stores them, also those that no git would make."""

from collections.abc import Iterator

import pytest

from tagbump.repo import repository
from tagbump.repository.remote import Remote
from tests.tagbump.world import World


@pytest.fixture
def remote(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    with repository(str(world.remote), None) as repo:
        yield repo.remote


def pushed(world: World, tree: bytes) -> str:
    """Push a commit whose tree has these bytes to a branch of its own, and return the commit."""
    path = world.root / "tree"
    path.write_bytes(tree)
    oid = world.git("hash-object", "-w", "--literally", "-t", "tree", str(path)).strip()
    commit = world.git("commit-tree", "-m", "made by hand", oid).strip()
    world.git("push", "--quiet", "origin", f"{commit}:refs/heads/odd")
    return commit


def blob(world: World, text: str) -> bytes:
    path = world.root / "blob"
    path.write_text(text)
    return bytes.fromhex(world.git("hash-object", "-w", str(path)).strip())


def test_of_two_files_of_one_name_the_first_is_there_as_git_has_it(world: World, remote: Remote) -> None:
    commit = pushed(world, b"".join(b"100644 a\0" + blob(world, text) for text in ("first", "second")))
    remote.look("odd")

    found = remote.objects.entries(commit, ["a"])

    assert remote.objects.read([found["a"].oid]) == [b"first"]


def test_what_differs_between_two_commits_is_told_by_path(world: World, remote: Remote) -> None:
    old = world.head()
    new = world.commit("feat: paint", {"src/app.py": "blue\n", "k8s/base/deployment.yaml": "red\n"})
    remote.look("main")

    found = remote.objects.changed({new: old, old: None})

    assert [path for path, _, _ in found[new]] == ["k8s/base/deployment.yaml", "src/app.py"]
    assert [before is None for _, before, _ in found[new]] == [False, True]
    assert "tagbump.yaml" in [path for path, _, _ in found[old]]


def test_a_commit_that_changes_nothing_differs_in_nothing(world: World, remote: Remote) -> None:
    old = world.head()
    world.git("commit", "--quiet", "--allow-empty", "--message", "docs: nothing")
    world.git("push", "--quiet", "origin", "HEAD:main")
    remote.look("main")

    assert remote.objects.changed({world.head(): old}) == {world.head(): []}


def test_a_tree_below_one_that_is_there_is_fetched(world: World, remote: Remote) -> None:
    remote.look("main")
    new = world.commit("feat: paint", {"k8s/base/deployment.yaml": "red\n"})
    remote.look("main")  # brings the new trees alone: of the old ones none is there yet

    found = remote.objects.changed({new: f"{world.git('rev-parse', 'HEAD~1').strip()}"})

    assert [path for path, _, _ in found[new]] == ["k8s/base/deployment.yaml"]


def test_what_the_remote_has_not_either_is_an_error(world: World, remote: Remote) -> None:
    remote.look("main")

    with pytest.raises(Exception, match="is not in the cache, and the remote does not give it"):
        remote.objects.read([world.head(), "0" * 39 + "1"])
