"""What the state machine keeps in memory is what tagbump reads of the same commits and tags in a real git."""

import zlib
from datetime import UTC, datetime
from itertools import product
from typing import get_args

import pytest

from tagbump import record
from tagbump.model import Release
from tagbump.repo import repository
from tests.tagbump.machine.branch import Branch
from tests.tagbump.machine.cast import STARTS
from tests.tagbump.machine.choices import PIPELINE
from tests.tagbump.machine.demands import FROM, Demands
from tests.tagbump.machine.machine import Machine
from tests.tagbump.machine.others import Lie, Words
from tests.tagbump.world import World

NOBODY_SIGNS = Demands().policy()
PATHS = {each.name: f"{each.overlay}/kustomization.yaml" for each in NOBODY_SIGNS.environments}


@pytest.fixture
def branch() -> Branch:
    """Return a branch on which there is one of each thing that may happen to it."""
    machine = Machine()
    machine.begin(start=STARTS[0], joined=False, settled=True, signed=False, amendments=[])
    machine.carry("prod", "V2", "what objects", PIPELINE)
    machine.roll_back("prod", None, 0, PIPELINE)
    for words in get_args(Words):
        for names, pinned in (["dev", "stage"], "V3"), (["prod", "qa"], "V4"), (["prod"], "nothing"), (["dev"], "half"):
            machine.edit(names, pinned, words, ["rolled-back"], PIPELINE)
            machine.merge(names, "V1", words, ["rolled-back"], PIPELINE)
    for (name, artifact), lie in zip(product(FROM, ["V1", "V3", "V4"]), get_args(Lie), strict=True):
        machine.forge(name, artifact, lie, PIPELINE)
    return machine.play.branch


@pytest.mark.parametrize("deep", [True, False], ids=["all of it", "as a bump looks at it"])
def test_git_reads_the_branch_as_the_machine_does(
    deep: bool, branch: Branch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(branch, world)
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)

    with repository(str(world.remote), "played") as repo:
        head = repo.remote.look("played")
        if deep:
            repo.remote.look_deep("played")
        found = record.read(repo.remote, head, NOBODY_SIGNS, PATHS, deep=deep)

    wanted = branch.state(datetime.now(UTC), deep=deep)
    assert any(release.merged for release in wanted.releases)
    assert in_order(found.releases) == in_order(wanted.releases)
    assert found.proofs == wanted.proofs


def put(branch: Branch, world: World) -> None:
    """Put the branch into the remote, by the name of `played`."""
    for name, (kind, data) in branch.objects.items():
        path = world.remote / "objects" / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data))
    refs = {"refs/heads/played": branch.head, **{f"refs/tags/{name}": tag for name, tag in branch.tags.items()}}
    for ref, target in refs.items():
        world.git("update-ref", ref, target, cwd=world.remote)
    world.git("fsck", "--strict", cwd=world.remote)


def in_order(releases: tuple[Release, ...]) -> list[tuple[str, list[Release]]]:
    """Return the releases by their commits: those of one commit come in no order."""
    commits = dict.fromkeys(release.commit for release in releases)
    by_name = sorted(releases, key=lambda release: release.environment)
    return [(commit, [release for release in by_name if release.commit == commit]) for commit in commits]
