"""Writers that lost a race: they queue up, pass over who does not come, and do without turns where none are taken."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tagbump import line as lines
from tagbump.errors import Unreachable
from tagbump.line import Line
from tagbump.repo import repository
from tagbump.repository.remote import Remote
from tests.tagbump.world import World, artifact


@pytest.fixture
def remote(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lines, "_GIVES_UP_ON_S", 0.5)
    with repository(str(world.remote), None) as repo:
        yield repo.remote


def turns(world: World) -> list[str]:
    listing = world.git("for-each-ref", "--format=%(refname)", "refs/tagbump/", cwd=world.remote)
    return [name.removeprefix("refs/tagbump/turns/") for name in listing.split()]


def taken(world: World, ago_s: float) -> str:
    """Leave a turn on the remote, as a writer does that was killed `ago_s` seconds ago."""
    name = f"{int((time.time() - ago_s) * 1000):013d}-00000000"
    world.git("update-ref", f"refs/tagbump/turns/{name}", "main", cwd=world.remote)
    return name


def queued(remote: Remote, for_s: float = 20.0) -> Line:
    return Line(remote, give_up=time.monotonic() + for_s)


def test_who_loses_takes_a_turn_and_leaves_it(world: World, remote: Remote) -> None:
    line = queued(remote)

    assert line.wait()
    assert turns(world) == [line.turn]
    line.leave()

    assert turns(world) == []


def test_who_came_first_goes_first(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_GIVES_UP_ON_S", 60.0)
    first, second = queued(remote), queued(remote)
    first.wait()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.wait)
        time.sleep(0.5)
        assert not waiting.done()
        first.leave()

        assert waiting.result()


def test_writers_that_do_not_come_are_passed_over_together_and_cleared_away(world: World, remote: Remote) -> None:
    for number in range(7):
        taken(world, 10 + number)
    line = queued(remote)

    started = time.monotonic()
    assert line.wait()
    line.leave()

    assert time.monotonic() - started < 7 * 0.5 + 3
    assert turns(world) == []


def test_of_a_flood_of_forgotten_turns_a_few_are_cleared_away(world: World, remote: Remote) -> None:
    names = [f"{int((time.time() - 3600) * 1000) + number:013d}-00000000" for number in range(3000)]
    stone = world.git("rev-parse", "main", cwd=world.remote).strip()
    with (world.remote / "packed-refs").open("a") as packed:
        packed.writelines(f"{stone} refs/tagbump/turns/{name}\n" for name in names)
    line = queued(remote)

    assert line.wait()
    mine = line.turn
    line.leave()

    assert mine not in turns(world)
    assert len(turns(world)) == 2980


@pytest.mark.parametrize("error", [OSError("no more processes"), Unreachable("no answer after 300 s")], ids=repr)
def test_what_keeps_turns_from_being_cleared_away_is_no_error(
    world: World, remote: Remote, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> bytes:
        raise error

    line = queued(remote)
    assert line.wait()
    monkeypatch.setattr(remote.turns, "_git", fails)

    line.leave()

    assert turns(world) == [line.turn]


def test_a_turn_that_is_long_forgotten_is_not_waited_for(
    world: World, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_GIVES_UP_ON_S", 600.0)
    taken(world, 3600)

    assert queued(remote).wait()


def test_when_the_time_is_over_one_more_try_is_made(
    world: World, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_GIVES_UP_ON_S", 600.0)
    taken(world, 10)
    line = queued(remote, for_s=1)

    assert line.wait()
    assert not line.wait()


def refuses_turns(remote: Path) -> None:
    (remote / "hooks" / "update").write_text('#!/bin/sh\ncase "$1" in refs/tagbump/*) exit 1;; esac\n')
    (remote / "hooks" / "update").chmod(0o755)


def refuses_deletions(remote: Path) -> None:
    zeros = "0" * 40
    (remote / "hooks" / "update").write_text(f'#!/bin/sh\n[ "$3" != {zeros} ]\n')
    (remote / "hooks" / "update").chmod(0o755)


def knows_no_atomic_push(remote: Path) -> None:
    with (remote / "config").open("a") as config:
        config.write("[receive]\n\tadvertiseAtomic = false\n")


@pytest.mark.parametrize("server", [refuses_turns, refuses_deletions, knows_no_atomic_push])
def test_writers_at_once_all_land_whatever_the_server_takes(
    world: World, server: Callable[[Path], None], tmp_path: Path
) -> None:
    server(world.remote)
    source = world.head()

    def write(number: int) -> int:
        cache = {"XDG_CACHE_HOME": str(tmp_path / f"agent-{number}")}
        return world.run("bump", "dev", artifact(f"1.1.{number}"), "--source", source, env=cache).code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(write, range(4)))

    assert codes == [0] * 4
    assert sorted(world.log()[:4]) == [f"chore(dev): release 1.1.{number}" for number in range(4)]
