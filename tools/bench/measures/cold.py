"""A bump from an agent that has never been here, beside cloning, editing, committing and pushing."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bench import trips
from bench.generate import overlay, policy
from bench.rounds import Sides, interleaved
from bench.rows import Row, counted, faster, left_out, timed
from bench.running import run_program
from bench.workshop import Remote, Workshop

_GOAL_S: Final = 0.5
_GOAL_TIMES: Final = 10.0
# What a goal that is missed is missed by.
_COMMITS: Final = "every commit is fetched, as any may be a rollback that binds; their server is here too"
_OVERLAYS: Final = "the rules look at each overlay that is named: 1,500 files are fetched and parsed"
_RELEASES: Final = "what a release says is held against what it changed: two trees of 1,500 entries each, once"
_CLONED: Final = """\
set -eu
git clone --quiet $DEPTH "$URL" work
cd work
{edit}
git commit --quiet --all --message "chore(dev): release $TAG"
git push --quiet origin HEAD:main
"""
_SED: Final = """\
sed -e "s|newTag: .*|newTag: \\"$TAG\\"|" -e "s|digest: .*|digest: $DIGEST|" "$FILE" >edited
mv edited "$FILE"
"""
_KUSTOMIZE: Final = '(cd "${FILE%/*}" && "$KUSTOMIZE" edit set image "service=$IMAGE")'
_DEPTHS: Final = {"full clone": "", "depth-1 clone": "--depth=1"}


def measure(shop: Workshop) -> list[Row]:
    """Measure cold bumps of the large repository, as it is and in two shapes that are harder on tagbump."""
    return [*_plain(shop), *_every_overlay(shop), *_own_releases(shop)]


def _plain(shop: Workshop) -> list[Row]:
    remote = shop.remote(shop.large)
    what = f"cold bump, {shop.sizes.commits:,} commits, {shop.sizes.overlays:,} overlays"
    edits = {"sed": _SED, "`kustomize edit`": _KUSTOMIZE} if shop.kustomize.is_there else {"sed": _SED}
    peers = {
        f"{depth}, {name}, commit, push": _by_hand(shop, remote, option, edit)
        for depth, option in _DEPTHS.items()
        for name, edit in edits.items()
    }
    took = _measured(shop, remote, peers)
    rows = [timed(what, took["ours"], goal_s=_GOAL_S, why=_COMMITS)]
    for name in peers:
        goal = _GOAL_TIMES if name.startswith("full") else None
        rows.append(faster(what, name, took[name], took["ours"], at_least=goal, why=_COMMITS))
    if not shop.kustomize.is_there:
        rows.append(left_out(what, "clone, `kustomize edit`, commit, push", shop.kustomize.why))
    traces, source = shop.folder("traces"), remote.head()
    agent = {**shop.with_cache(shop.folder("cache")), **trips.tracing(traces)}
    run_program(*shop.bump(remote, shop.build(), source), env=agent)
    return [*rows, counted("connections to the remote in a cold bump", [trips.count(traces)])]


def _every_overlay(shop: Workshop) -> list[Row]:
    remote = shop.remote(shop.large)
    names = replace(shop.large, roots=shop.sizes.overlays).free
    remote.commit("feat: name every overlay", {"tagbump.yaml": policy(names)})
    return _beside_a_clone(shop, remote, f"cold bump, all {shop.sizes.overlays:,} overlays in tagbump.yaml", _OVERLAYS)


def _own_releases(shop: Workshop) -> list[Row]:
    remote = shop.remote(replace(shop.large, own=shop.sizes.own))
    return _beside_a_clone(
        shop, remote, f"cold bump, {shop.sizes.own:,} of the commits are releases by tagbump", _RELEASES
    )


def _beside_a_clone(shop: Workshop, remote: Remote, what: str, why: str) -> list[Row]:
    name = "full clone, sed, commit, push"
    took = _measured(shop, remote, {name: _by_hand(shop, remote, "", _SED)})
    return [
        timed(what, took["ours"], goal_s=_GOAL_S, why=why),
        faster(what, name, took[name], took["ours"], at_least=_GOAL_TIMES, why=why),
    ]


def _measured(shop: Workshop, remote: Remote, peers: Sides) -> dict[str, list[float]]:
    base = remote.head()
    took = interleaved(shop.rounds, {"ours": lambda: shop.cold_bump(remote, base), **peers}, shop.tell)
    remote.expect(shop.rounds * (1 + len(peers)), base)
    return took


def _by_hand(shop: Workshop, remote: Remote, depth: str, edit: str) -> Callable[[], float]:
    script = _CLONED.format(edit=edit)

    def by_hand() -> float:
        built, folder = shop.build(), shop.folder("by-hand")
        said = {
            "DEPTH": depth, "URL": remote.url, "TAG": built.tag, "DIGEST": built.digest, "IMAGE": str(built),
            "FILE": overlay("dev"), "KUSTOMIZE": shop.kustomize.path,
        }  # fmt: skip
        took = shop.seconds("sh", "-c", script, env={**shop.env, **said}, cwd=folder)
        shutil.rmtree(folder)
        return took

    return by_hand
