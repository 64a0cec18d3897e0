"""A bump from an agent that has been here before, beside the push that no tool can do without."""

from collections.abc import Mapping
from typing import Final

from bench import trips
from bench.generate import Shape
from bench.rounds import interleaved
from bench.rows import Row, counted, slower
from bench.running import run, run_program
from bench.workshop import Workshop

_GOAL: Final = 5.0
_TRIPS: Final = 2  # a look and a push
# What a goal that is missed is missed by.
_WHY: Final = "Python and its modules take two pushes' time to start, the look and git's other programs one each"
_PEER: Final = "`git push` of the same commit"


def measure(shop: Workshop) -> list[Row]:
    """Measure warm bumps on a small and on a large repository, and count their connections to the remote."""
    rows = []
    for words, shape in (("small repository", shop.small), (f"{shop.large.commits:,} commits", shop.large)):
        pair = _Pair(shop, shape)
        for state, after in (("nobody has pushed since", pair.bump), ("somebody has", pair.bump_after_somebody)):
            took = interleaved(shop.rounds, {"ours": after, "push": pair.push}, shop.tell, in_turn=False)
            what = f"warm bump, {words}, {state}"
            rows.append(slower(what, _PEER, took["push"], took["ours"], at_most=_GOAL, why=_WHY))
        what = f"connections to the remote in a warm bump, {words}"
        rows.append(
            counted(what, [pair.bump_connections()], peer=_PEER, theirs=[pair.push_connections()], at_most=_TRIPS)
        )
    return rows


class _Pair:
    """Two equal remotes: in one tagbump makes a release, and to the other git pushes that very commit."""

    def __init__(self, shop: Workshop, shape: Shape) -> None:
        self._shop = shop
        self._bumped, self._pushed = shop.remote(shape), shop.remote(shape)
        self._source = self._bumped.head()
        self._clone = shop.folder("clone")
        run("clone", "--quiet", "--bare", self._pushed.url, ".", env=shop.env, cwd=self._clone)
        self._agent = shop.with_cache(shop.folder("cache"))
        self.bump()  # the cache is warm from here on
        self.push()

    def bump(self) -> float:
        return self._shop.seconds(*self._bump(), env=self._agent)

    def bump_after_somebody(self) -> float:
        """Bump where the branch is one commit ahead of what the cache has seen, and not by one's own."""
        self._disturb()
        return self.bump()

    def push(self) -> float:
        """Push what the other remote has, so that both are equal again."""
        self._fetch()
        return self._shop.seconds(*self._push(), cwd=self._clone)

    def bump_connections(self) -> int:
        self._disturb()
        return self._connections(*self._bump(), env=self._agent)

    def push_connections(self) -> int:
        self._fetch()
        return self._connections(*self._push(), env=self._shop.env)

    def _bump(self) -> tuple[str, ...]:
        return self._shop.bump(self._bumped, self._shop.build(), self._source)

    def _push(self) -> tuple[str, ...]:
        return ("git", "push", "--quiet", self._pushed.url, "main:main")

    def _fetch(self) -> None:
        run("fetch", "--quiet", self._bumped.url, "+main:main", env=self._shop.env, cwd=self._clone)

    def _disturb(self) -> None:
        status = (self._shop.tagbump, "status", "--repo", self._bumped.url, "--quiet")
        run_program(*status, env=self._agent)  # the cache has now seen all but what comes next
        self._bumped.commit("feat: change something", {"src/part0/module0.py": f"x = '{self._shop.build()}'\n"})
        self.push()

    def _connections(self, *arguments: str, env: Mapping[str, str]) -> int:
        traces = self._shop.folder("traces")
        run_program(*arguments, env={**env, **trips.tracing(traces)}, cwd=self._clone)
        return trips.count(traces)
