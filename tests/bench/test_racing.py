"""Races: what lands is looked up in the remote, pushes are counted, and the loop does what Kargo's does."""

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Event

import pytest

from bench import landed, pushes, racing, retrying
from bench.errors import BenchFailed
from bench.generate import Built, Shape, overlay
from bench.landed import Landing
from bench.retrying import KARGOS, Tries, Writer
from bench.workshop import Remote, Workshop

SHAPE = Shape(commits=4, overlays=6, roots=3)
FIRST, SECOND, THIRD = Built("2.1", "one"), Built("2.2", "two"), Built("2.3", "three")
AT_ONCE = Tries(most=3, first_s=0.0)


def release(remote: Remote, name: str, built: Built) -> None:
    """Put a release of `name` on main, as it is, whoever made it."""
    remote.commit(f"chore({name}): release", {overlay(name): f"newTag: {built.tag}\ndigest: {built.digest}\n"})


def git_that_is_overtaken(remote: Remote, folder: Path, times: Sequence[str]) -> str:
    """Return a git before whose pushes somebody else's commits land, each a change of one of these files."""
    base = remote.head()
    for number, path in enumerate(times):
        remote.commit("feat: be faster", {path: f"digest: {number}\n"})
        remote.git("update-ref", f"refs/waiting/{number}", "main")
    remote.git("update-ref", "refs/heads/main", base)
    folder.mkdir()
    real = shlex.quote(str(shutil.which("git")))
    (folder / "overtaken").write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = push ]; then n=$(cat {folder}/n 2>/dev/null || echo 0); echo $((n + 1)) >{folder}/n\n'
        f"{real} --git-dir={remote.path} update-ref refs/heads/main refs/waiting/$n 2>/dev/null; fi\n"
        f'exec {real} "$@"\n'
    )
    (folder / "overtaken").chmod(0o755)
    return str(folder / "overtaken")


def write(
    shop: Workshop, remote: Remote, tmp_path: Path, times: Sequence[str], tries: Tries = AT_ONCE
) -> tuple[bool, int]:
    """Have one writer of the loop release FIRST to dev; return whether it landed, and how often it pushed."""
    (tmp_path / "bin").mkdir()
    counter = pushes.Counter(tmp_path / "bin", git_that_is_overtaken(remote, tmp_path / "git", times))
    env = counter.counting(shop.env, tmp_path / "log")

    done = Writer("dev", FIRST, tmp_path).release(remote.url, env, tries, Event())

    return done, pushes.count(tmp_path / "log")


def test_the_loop_rebases_and_pushes_again_where_somebody_was_faster(shop: Workshop, tmp_path: Path) -> None:
    remote = shop.remote(SHAPE)
    base = remote.head()

    assert write(shop, remote, tmp_path, ["src/a", "src/b"]) == (True, 3)

    assert landed.check(remote, base, [("dev", FIRST)]) == Landing(once=1, lost=0, doubled=0)
    remote.expect(3, base)


def test_the_loop_gives_up_after_its_tries(shop: Workshop, tmp_path: Path) -> None:
    remote = shop.remote(SHAPE)
    base = remote.head()

    assert write(shop, remote, tmp_path, ["src/a", "src/b", "src/c", "src/d"]) == (False, 3)

    assert landed.check(remote, base, [("dev", FIRST)]) == Landing(once=0, lost=1, doubled=0)


def test_the_loop_ends_at_a_conflict(shop: Workshop, tmp_path: Path) -> None:
    remote = shop.remote(SHAPE)

    assert write(shop, remote, tmp_path, [overlay("dev")]) == (False, 1)


def test_the_loop_does_not_try_again_what_trying_again_cannot_change(shop: Workshop, tmp_path: Path) -> None:
    remote = shop.remote(SHAPE)
    hook = remote.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(BenchFailed, match="pre-receive hook declined"):
        write(shop, remote, tmp_path, [])


def test_the_pauses_are_kargos() -> None:
    class Least(Random):
        def random(self) -> float:
            return 0.0

    class Most(Random):
        def random(self) -> float:
            return 1.0

    least = [round(pause, 2) for pause in KARGOS.pauses(Least())]

    assert least == [1.0, 1.5, 2.25, 3.38, 5.06, 7.59, 11.39, 17.09, 25.63]
    assert [round(pause / 1.5, 2) for pause in KARGOS.pauses(Most())] == least
    assert max(Tries(most=20).pauses(Least())) == 30.0


def test_a_release_that_is_lost_undone_or_there_twice_is_found(shop: Workshop) -> None:
    remote = shop.remote(SHAPE)
    base = remote.head()
    release(remote, "app0000", FIRST)
    release(remote, "app0000", SECOND)
    release(remote, "app0001", THIRD)
    release(remote, "app0001", SECOND)
    release(remote, "app0001", THIRD)

    on_their_own = landed.check(remote, base, [("app0000", FIRST), ("app0001", THIRD), ("dev", Built("2.4", "none"))])
    on_one = landed.check(remote, base, [("app0000", FIRST), ("app0000", SECOND)])

    assert on_their_own == Landing(once=0, lost=2, doubled=1)
    assert on_one == Landing(once=1, lost=0, doubled=1)


@pytest.mark.parametrize("names", [SHAPE.free, ("dev",) * 3], ids=["an overlay each", "one overlay"])
def test_a_race_of_tagbumps_lands_them_all_and_counts_their_pushes(shop: Workshop, names: Sequence[str]) -> None:
    outcome = racing.hold(shop, SHAPE, names, racing.tagbump)

    assert outcome.landing == Landing(once=3, lost=0, doubled=0)
    assert len(outcome.pushes) == 3
    assert min(outcome.pushes) >= 1


def test_a_race_of_loops_lands_them_all_and_leaves_no_folder(shop: Workshop) -> None:
    outcome = racing.hold(shop, SHAPE, SHAPE.free, racing.loop(Tries(first_s=0.05)))

    assert outcome.landing == Landing(once=3, lost=0, doubled=0)
    assert min(outcome.pushes) >= 1
    assert [path for path in shop.root.iterdir() if not path.name.startswith("template-")] == []


def test_a_push_that_was_not_counted_is_told(shop: Workshop) -> None:
    def unseen(race: racing.Race) -> float:
        release(race.remote, *race.releases[0])
        return 1.0

    with pytest.raises(BenchFailed, match="pushes that were not counted"):
        racing.hold(shop, SHAPE, ["app0000"], unseen)


def test_a_writer_that_is_told_to_stop_pushes_no_more(shop: Workshop, tmp_path: Path) -> None:
    remote, stop = shop.remote(SHAPE), Event()
    stop.set()

    assert Writer("dev", FIRST, tmp_path).release(remote.url, shop.env, retrying.KARGOS, stop) is False
