"""Has many writers release at once, and says how it went: how long it took, what landed, and who pushed how often."""

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from bench import landed, programs, pushes
from bench.errors import BenchFailed
from bench.generate import Shape
from bench.landed import Landing, Release
from bench.retrying import Tries, Writer
from bench.running import said, started
from bench.workshop import Remote, Workshop


@dataclass(frozen=True)
class Outcome:
    """How one race went. `pushes` has a number for each writer."""

    seconds: float
    landing: Landing
    pushes: tuple[int, ...]


@dataclass(frozen=True)
class Race:
    """One race: its `releases` are what the writers want of `remote`, each in a folder of its own below `folder`."""

    shop: Workshop
    remote: Remote
    releases: Sequence[Release]
    folder: Path
    counter: pushes.Counter

    def of(self, run: Callable[["Race"], float]) -> Outcome:
        """Have it `run`, and look at what came of it."""
        base = self.remote.head()
        seconds = run(self)
        landing = landed.check(self.remote, base, self.releases)
        counts = tuple(pushes.count(self.log(number)) for number in range(len(self.releases)))
        if sum(counts) < landing.once:
            raise BenchFailed("releases landed by pushes that were not counted: pushes.py no longer sees them")
        return Outcome(seconds, landing, counts)

    def log(self, number: int) -> Path:
        return self.folder / f"pushes-{number}"

    def env(self, number: int) -> dict[str, str]:
        """The environment of the writer `number`: an agent with a cache of its own, and empty."""
        return self.counter.counting(self.shop.with_cache(self.folder / f"cache-{number}"), self.log(number))


def hold(shop: Workshop, shape: Shape, names: Sequence[str], run: Callable[[Race], float]) -> Outcome:
    """Hold a race for a release to each of `names` on a remote of its own, which is gone afterwards."""
    folder, remote = shop.folder("race"), shop.remote(shape)
    (folder / "bin").mkdir()
    counter = pushes.Counter(folder / "bin", programs.git(shop.env))
    outcome = Race(shop, remote, [(name, shop.build()) for name in names], folder, counter).of(run)
    for path in (folder, remote.path.parent):
        shutil.rmtree(path)
    return outcome


def tagbump(race: Race) -> float:
    """Have a tagbump for each release, all at once, and return the seconds until the last has ended."""
    source = race.remote.head()
    begun = time.perf_counter()
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                started(*race.shop.bump(race.remote, built, source, name), env=race.env(number), cwd=race.folder)
            )
            for number, (name, built) in enumerate(race.releases)
        ]
        heard = [said(process) for process in running]
    took = time.perf_counter() - begun
    for process, (_, words) in zip(running, heard, strict=True):
        if process.returncode != 0:
            race.shop.tell(f"a writer ended with {process.returncode}: {words.decode('utf-8', 'replace').strip()}")
    return took


def loop(tries: Tries) -> Callable[[Race], float]:
    """Return what has a loop that clones and rebases for each release, all at once, in place of tagbump."""

    def run(race: Race) -> float:
        stop = Event()
        begun = time.perf_counter()
        # Threads: a process for each would add the start of a Python to what the loop itself takes.
        with ThreadPoolExecutor(len(race.releases)) as pool:
            try:
                writers = [
                    pool.submit(_writer(race, number).release, race.remote.url, race.env(number), tries, stop)
                    for number in range(len(race.releases))
                ]
                ended = [_ended(race, writer) for writer in writers]
            finally:
                stop.set()
        took = time.perf_counter() - begun
        if gave_up := ended.count(False):
            race.shop.tell(f"{gave_up} loops gave up")
        return took

    return run


def _writer(race: Race, number: int) -> Writer:
    folder = race.folder / f"writer-{number}"
    folder.mkdir()
    return Writer(*race.releases[number], folder)


def _ended(race: Race, writer: "Future[bool]") -> bool:
    try:
        return writer.result()
    except BenchFailed as error:
        race.shop.tell(f"a loop failed: {error}")
        return False
