"""What servers say when they take no push: what may pass is tried again, what may not ends at once, in their words."""

import stat

import pytest

from tests.tagbump.faults.depth import some
from tests.tagbump.faults.releases import BUMP, Before, landed, words_of
from tests.tagbump.faults.wrapper import before_push
from tests.tagbump.world import World

NOES = {
    "plain": "releases are closed on Sundays",
    "gitlab": "GitLab: You are not allowed to push code to protected branches on this project.",
    "gitea": "Gitea: Not allowed to push to protected branch main",
    "github": "error: GH006: Protected branch update failed for refs/heads/main.",
    "bitbucket": "Branch refs/heads/main can only be modified through pull requests.",
    "terminal": "\\033[31mno\\033[0m\\007",
}

RACES = {
    "github": "cannot lock ref 'refs/heads/main': is at {a} but expected {b}",
    "gitlab": "incorrect old value provided",
    "gitea": "failed to update ref",
    "plain": "fetch first",
}


def hook(world: World, script: str) -> None:
    path = world.remote / "hooks" / "pre-receive"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize("server", some(NOES, 2))
def test_a_no_ends_at_once_with_the_servers_own_words(ready: World, server: str) -> None:
    words, before, asked = words_of(BUMP, ready), Before.of(ready), ready.root / "asked"
    hook(ready, f'echo >>{asked}; printf "{NOES[server]}\\n" >&2; exit 1')

    outcome = ready.run(*words)

    assert outcome.code == 6
    assert NOES[server].partition("\\")[0] in outcome.stderr
    assert "\x1b" not in outcome.stderr
    assert asked.read_text() == "\n"
    assert not landed(ready, BUMP, before)


@pytest.mark.parametrize("server", some(RACES, 1))
def test_a_lost_race_is_run_again(ready: World, server: str) -> None:
    words, before = words_of(BUMP, ready), Before.of(ready)
    verdict = RACES[server].format(a="a" * 40, b="b" * 40)
    line = f"!\\t{'c' * 40}:refs/heads/main\\t[remote rejected] ({verdict})"
    # The exit ends the shell that stands before git: as if git itself had said it.
    env = before_push(ready, f'printf "To server\\n{line}\\nDone\\n" >&3', "exit 9")

    outcome = ready.json(*words, env=env)

    assert outcome.code == 0, outcome
    assert landed(ready, BUMP, before)
