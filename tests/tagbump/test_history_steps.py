"""What is found when the branch goes on is what somebody finds who comes later and sees all of it at once."""

from pathlib import Path

import pytest

from tagbump.repo import repository
from tests.tagbump.world import World, artifact

OVERLAY = "k8s/overlays/dev/kustomization.yaml"


def claims(world: World, cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Return the releases of dev that whoever has this cache finds."""
    for name, value in {**world.env, "XDG_CACHE_HOME": str(cache)}.items():
        monkeypatch.setenv(name, value)
    with repository(str(world.remote), "main") as repo:
        head = repo.remote.look("main")
        return [(touched.commit, touched.merged) for touched in repo.remote.history.claims(head, [OVERLAY])]


def straight_on(world: World, commits: int) -> None:
    """Put so many commits on main, of which the last says that it is a release of dev."""
    for number in range(commits - 1):
        world.git("commit", "--quiet", "--allow-empty", "--message", f"feat: paint it {number}")
    world.commit(f"chore(dev): release 9\n\nImage: {artifact('9')}", {OVERLAY: f"images: [] # {commits}\n"})


def with_a_parent_that_git_does_not_see(world: World) -> None:
    """Put a commit on main that has no parent, and a line further down which looks like one."""
    old = world.head()
    tree = world.git("rev-parse", "HEAD^{tree}").strip()
    who = "Jane Doe <jane@example.com> 1700000000 +0000"
    path = world.root / "commit"
    path.write_text(f"tree {tree}\nauthor {who}\ncommitter {who}\nparent {old}\n\nfeat: begin anew\n")
    commit = world.git("hash-object", "-w", "--literally", "-t", "commit", str(path)).strip()
    world.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")


def with_a_message_that_goes_on_behind_its_end(world: World) -> None:
    """Put a commit on main whose message goes on behind a NUL, where git reads no further, with what no commit is."""
    world.git("pull", "--quiet", "--ff-only", "origin", "main")
    tree = world.git("rev-parse", "HEAD^{tree}").strip()
    who = "Jane Doe <jane@example.com> 1700000000 +0000"
    path = world.root / "commit"
    said = "feat: paint it\0\nand so on"
    path.write_text(f"tree {tree}\nparent {world.head()}\nauthor {who}\ncommitter {who}\n\n{said}")
    commit = world.git("hash-object", "-w", "--literally", "-t", "commit", str(path)).strip()
    world.git("push", "--quiet", "origin", f"{commit}:refs/heads/main")


def with_an_encoding(world: World, encoding: str, message: str) -> str:
    """Put a release of dev on main that says its message, which is ASCII, was in `encoding`."""
    world.git("pull", "--quiet", "--ff-only", "origin", "main")
    old = world.head()
    world.write({OVERLAY: world.read(OVERLAY, "main~1")})
    world.git("add", "--all")
    tree = world.git("write-tree").strip()
    who = "Jane Doe <jane@example.com> 1700000000 -0000"  # in UTF-7 a plus would begin something else
    path = world.root / "commit"
    raw = f"tree {tree}\nparent {old}\nauthor {who}\ncommitter {who}\nencoding {encoding}\n\n{message}"
    path.write_text(raw + "\n" * (len(raw) % 2))  # in UTF-16 half a letter would be none
    commit = world.git("hash-object", "-w", "--literally", "-t", "commit", str(path)).strip()
    world.git("push", "--quiet", "origin", f"{commit}:refs/heads/main")
    return commit


@pytest.mark.parametrize("commits", [1, 2, 30])
def test_a_branch_that_went_straight_on(world: World, monkeypatch: pytest.MonkeyPatch, commits: int) -> None:
    first = claims(world, world.root / "seen", monkeypatch)

    straight_on(world, commits)

    assert claims(world, world.root / "seen", monkeypatch) == [(world.head(), False), *first]


def test_a_branch_that_took_a_merge(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    claims(world, world.root / "seen", monkeypatch)

    before = world.head()
    straight_on(world, 2)
    tree = world.git("rev-parse", "HEAD^{tree}").strip()
    merge = world.git("commit-tree", "-p", before, "-p", "HEAD", "-m", "Merge side", tree).strip()
    world.git("push", "--quiet", "--force", "origin", f"{merge}:refs/heads/main")

    assert claims(world, world.root / "seen", monkeypatch) == claims(world, world.root / "new", monkeypatch)


def test_a_branch_that_began_anew_and_claims_that_it_went_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.bump("1.1.0")
    assert claims(world, world.root / "seen", monkeypatch)

    with_a_parent_that_git_does_not_see(world)

    assert claims(world, world.root / "seen", monkeypatch) == claims(world, world.root / "new", monkeypatch) == []


def test_a_message_that_goes_on_behind_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.bump("1.1.0")
    first = claims(world, world.root / "seen", monkeypatch)

    with_a_message_that_goes_on_behind_its_end(world)

    assert claims(world, world.root / "seen", monkeypatch) == claims(world, world.root / "new", monkeypatch) == first


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("UTF-16", "Image: x"), ("UTF-7", "+AEk-mage: x"), ("ISO-8859-1", "Image: \n")],
)
def test_a_message_that_says_it_is_encoded(
    world: World, monkeypatch: pytest.MonkeyPatch, encoding: str, said: str
) -> None:
    world.bump("1.1.0")
    first = claims(world, world.root / "seen", monkeypatch)

    commit = with_an_encoding(world, encoding, f"chore(dev): release 9\n\n{said}")

    found = claims(world, world.root / "seen", monkeypatch)
    assert found == claims(world, world.root / "new", monkeypatch)
    assert found == ([(commit, False), *first] if said.startswith("Image") else first)


def test_a_rollback_that_says_it_is_encoded_binds_who_sees_it_first(world: World) -> None:
    source = world.bump("1.1.0")
    held = artifact("1.1.0")
    message = f"chore(dev): release 1.0.0\n\nImage: {artifact('1.0.0')}\nRolled-back-from: {held}\nReason: slow"
    with_an_encoding(world, "UTF-16", message)

    for cache in ([], ["--no-cache"]):
        outcome = world.json("bump", "dev", held, "--source", source, "--dry-run", *cache)
        assert (outcome.code, outcome.kind) == (3, "rolled-back")
