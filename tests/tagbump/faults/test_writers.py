"""Many writers at once on one branch, each with a cache of its own, as agents of a CI have."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.tagbump.faults.steps import run_apart
from tests.tagbump.world import Outcome, World, artifact, make_world

WRITERS: Final = int(os.environ.get("TAGBUMP_WRITERS", "16"))
"""Half of them release to an environment of their own, a quarter say the same again, a quarter share one."""

MOST_PUSHES: Final = 5
PATIENCE_S: Final = 60 + 5 * WRITERS


def crowd(root: Path) -> tuple[World, list[tuple[str, str]]]:
    """Make a repository, and the releases that its writers attempt: an environment and a tag each."""
    own = [(f"team-{number}", "1.1.0") for number in range(WRITERS // 2)]
    shared = [("shared", f"1.{number}.0") for number in range(WRITERS // 4)]
    again = own[: WRITERS - len(own) - len(shared)]
    names = dict.fromkeys(name for name, _ in [*own, *shared])
    overlays = {f"k8s/overlays/{name}/kustomization.yaml": "images:\n  - name: service\n" for name in names}
    rows = "".join(f"  {name}: {{overlay: k8s/overlays/{name}}}\n" for name in names)
    world = make_world(root, files={"tagbump.yaml": f"image: service\nenvironments:\n{rows}", **overlays})
    return world, [*own, *shared, *again]


@pytest.mark.timeout(3 * PATIENCE_S)
def test_all_that_may_land_do_and_none_is_lost_or_doubled(tmp_path: Path) -> None:
    world, releases = crowd(tmp_path)
    source = world.head()

    def write(number: int) -> Outcome:
        name, tag = releases[number]
        cache = {"XDG_CACHE_HOME": str(tmp_path / f"agent-{number}")}
        wanted = ("bump", name, artifact(tag), "--source", source)
        return run_apart(
            world, *wanted, "--verbose", "--retry-for", f"{PATIENCE_S}s", env=cache, timeout_s=2 * PATIENCE_S
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        runs = list(pool.map(write, range(len(releases))))

    assert [run.code for run in runs] == [0] * WRITERS, runs
    expected = [f"chore({name}): release {tag}" for name, tag in dict.fromkeys(releases)]
    assert sorted(world.log()) == sorted([*expected, "chore: begin"])
    assert all(
        world.artifact(name) in {artifact(tag) for other, tag in releases if other == name} for name, _ in releases
    )
    assert world.git("for-each-ref", "--format=%(refname)", cwd=world.remote).split() == ["refs/heads/main"]
    assert max(run.stderr.count("git push --porcelain") for run in runs) <= MOST_PUSHES
    world.git("fsck", "--full", "--strict", cwd=world.remote)
