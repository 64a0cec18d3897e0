"""Addresses that look like commands, overlays that lead elsewhere, and settings of git that get in the way."""

from collections.abc import Callable

import pytest

from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import BUMP, Before, landed, words_of
from tests.tagbump.world import World, artifact


@pytest.mark.parametrize(
    "address",
    [
        "--upload-pack=touch {trap}",
        "ssh://-oProxyCommand=touch%20{trap}/x.git",
        "-oProxyCommand=touch {trap}:x.git",
        "git@-oProxyCommand=touch {trap}:x.git",
        "ext::sh -c 'touch {trap}'",
        "file:///nowhere\n--upload-pack=touch {trap}",
    ],
)
def test_an_address_is_never_a_command(world: World, address: str) -> None:
    trap = world.root / "trap"

    by_option = world.json("status", f"--repo={address.format(trap=trap)}")
    world.git("config", "remote.origin.url", address.format(trap=trap))
    by_origin = world.json("status")

    assert {by_option.code, by_origin.code} <= {2, 6}
    assert not trap.exists()


@pytest.mark.parametrize("word", some(["--output={trap}", "a..b", "main:other"], 1))
@pytest.mark.parametrize(
    "words", [["bump", "dev", artifact("1"), "--source"], ["rollback", "dev", "--reason=x", "--to"]]
)
def test_a_ref_is_never_an_option(ready: World, words: list[str], word: str) -> None:
    trap, before = ready.root / "trap", ready.refs()

    outcome = ready.json(*words[:-1], f"{words[-1]}={word.format(trap=trap)}")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert not trap.exists()
    assert ready.refs() == before


def submodule(world: World) -> None:
    world.git("rm", "-r", "--quiet", "k8s/overlays/dev")
    world.git("update-index", "--add", "--cacheinfo", f"160000,{world.head()},k8s/overlays/dev")


def linked_folder(world: World) -> None:
    (world.checkout / "k8s" / "overlays" / "dev").rename(world.checkout / "elsewhere")
    (world.checkout / "k8s" / "overlays" / "dev").symlink_to("../../elsewhere")
    world.git("add", "--all")


def linked_parent(world: World) -> None:
    (world.checkout / "k8s").rename(world.checkout / "elsewhere")
    (world.checkout / "k8s").symlink_to("/etc")
    world.git("add", "--all")


def linked_policy(world: World) -> None:
    (world.checkout / "tagbump.yaml").unlink()
    (world.checkout / "tagbump.yaml").symlink_to("/etc/passwd")
    world.git("add", "--all")


@pytest.mark.parametrize("change", some([linked_folder, submodule, linked_parent, linked_policy], 2))
def test_an_overlay_is_a_file_of_the_repository_itself(world: World, change: Callable[[World], None]) -> None:
    change(world)
    world.git("commit", "--quiet", "--message", "chore: lead elsewhere")
    world.git("push", "--quiet", "origin", "HEAD:main")
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", before.split()[0])

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert world.refs() == before


@pytest.mark.parametrize("name", some(["k8s/overlays/dev/kustomization.yaml", "tagbump.yaml"], 1))
@pytest.mark.parametrize(
    "text", [b"# " + b"x" * 10_000_000, b"[" * 10_000, b"a: b\x00c\n"], ids=["10MB", "deep", "nul"]
)
def test_a_file_that_is_no_page_of_text_is_refused_by_its_name(world: World, name: str, text: bytes) -> None:
    world.commit("chore: a page of text", {name: text})
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert name in outcome.document["error"]["message"]
    assert world.refs() == before


SETTINGS = {
    "core.fsmonitor": "touch {trap}",
    "core.hooksPath": "{hooks}",
    "core.pager": "touch {trap}",
    "core.editor": "touch {trap}",
    "core.attributesFile": "/nowhere",
    "core.autocrlf": "true",
    "commit.template": "/nowhere",
    "init.templateDir": "{hooks}",
    "fetch.prune": "true",
    "fetch.pruneTags": "true",
    "fetch.writeCommitGraph": "true",
    "fetch.fsckObjects": "true",
    "push.default": "nothing",
    "push.followTags": "true",
    "push.recurseSubmodules": "on-demand",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "true",
    "log.diffMerges": "separate",
    "log.showRoot": "false",
    "log.follow": "true",
    "diff.renames": "copies",
    "format.pretty": "oneline",
    "column.ui": "always",
    "gc.auto": "1",
    "maintenance.auto": "true",
    "rerere.enabled": "true",
    "tag.sort": "-version:refname",
}


@pytest.mark.parametrize("scope", some(["--local", "--global"], 1))
def test_what_the_caller_sets_for_their_own_repositories_is_not_for_ours(ready: World, scope: str) -> None:
    words, trap, hooks = words_of(BUMP, ready), ready.root / "trap", ready.root / "hooks"
    for name in ("pre-push", "post-checkout", "hooks/pre-push", "hooks/reference-transaction"):
        (hooks / name).parent.mkdir(parents=True, exist_ok=True)
        (hooks / name).write_text(f"#!/bin/sh\ntouch {trap}\nexit 1\n")
        (hooks / name).chmod(0o755)
    (hooks / "config").write_text("[core]\n\trepositoryformatversion = 99\n")
    own = ready.root / "home" / ".gitconfig"
    kept, before = own.read_text(), Before.of(ready)
    for key, value in SETTINGS.items():
        ready.git("config", scope, key, value.format(trap=trap, hooks=hooks))
    before = Before(before.head, before.refs, Before.files_of(ready))

    ready.done(*words, "--no-cache")
    own.write_text(kept)

    assert not trap.exists()
    assert landed(ready, BUMP, before)
