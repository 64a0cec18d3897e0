"""A disk that is full ends the run with a sentence, damages nothing, and is no trouble once there is room."""

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tagbump import shapes
from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import BUMP, Before, landed, words_of
from tests.tagbump.world import TAGBUMP, Outcome, World


def run_with_files_up_to(world: World, limit: int, *words: str) -> Outcome:
    """Run tagbump where no file can grow beyond `limit` bytes: as on a full disk, whoever runs it."""
    words = (*words, "--json")
    done = subprocess.run(
        [*TAGBUMP, *words], cwd=world.checkout, env=world.env, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)), timeout=60,
    )  # fmt: skip
    shapes.check(words, done.returncode, done.stdout)
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("more", [[], ["--no-cache"]], ids=["cache", "no-cache"])
@pytest.mark.parametrize("limit", some([0, 300], 1))
def test_what_cannot_be_written_is_told_and_written_later(ready: World, limit: int, more: list[str]) -> None:
    words, before = [*words_of(BUMP, ready), *more], Before.of(ready)

    outcome = run_with_files_up_to(ready, limit, *words)

    assert outcome.code in (2, 6), outcome
    assert any(
        said in outcome.document["error"]["message"] for said in ("of signal", "by signal", "temporary directory")
    )
    assert not landed(ready, BUMP, before)
    ready.done(*words)
    assert landed(ready, BUMP, before)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 4 KiB at first."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk; the limit on files above stands for it")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def grow(disk: Path, kibibytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kibibytes}k", str(disk)], check=True)


def test_a_cache_on_a_full_disk_is_in_order_once_there_is_room(ready: World, disk: Path) -> None:
    ready.env["XDG_CACHE_HOME"] = str(disk)
    words, before = words_of(BUMP, ready), Before.of(ready)

    size = 4
    while (outcome := ready.json(*words)).code != 0:
        assert outcome.code in (2, 6), outcome
        assert any(said in outcome.document["error"]["message"] for said in ("No space left on device", str(disk)))
        assert not landed(ready, BUMP, before)
        size += 12
        grow(disk, size)

    assert size > 4
    assert landed(ready, BUMP, before)
