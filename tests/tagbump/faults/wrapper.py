"""A `git` that stands before the real one on the PATH, counts how often it is run, and misbehaves once."""

import shutil
from typing import Final

from tests.tagbump.world import World

MISDEEDS: Final = {
    "fails": "exit 128",
    "is killed": "kill -9 $$",
    "is killed half-way": 'exec 3<&0; {git} "$@" <&3 & sleep 0.004; kill -9 $! 2>/dev/null; wait $!; exit',
    "fails when it is done": '{git} "$@" </dev/null >/dev/null; exit 128',
    "can write no file": 'ulimit -f 0; exec {git} "$@"',
    "outlives its caller": 'kill -9 $PPID; {git} "$@" >/dev/null 2>&1; : >{done}; exit',
}
"""By name, what it does instead of running git and no more."""

_SCRIPT: Final = """\
#!/bin/sh
number=1
set -C
until {{ true >{tickets}/$number; }} 2>/dev/null; do number=$((number + 1)); done
set +C
if [ $number = {at} ]; then {misdeed}; fi
exec {git} "$@"
"""


def misbehaving(world: World, misdeed: str, at: int) -> dict[str, str]:
    """Return an environment in which git does `misdeed` when it is run for the `at`th time, the first being 1."""
    folder, tickets = world.root / "bin", world.root / "tickets"
    folder.mkdir()
    tickets.mkdir()
    git = shutil.which("git")
    done = MISDEEDS[misdeed].format(git=git, done=world.root / "done")
    (folder / "git").write_text(_SCRIPT.format(tickets=tickets, at=at, git=git, misdeed=done))
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}:{world.env['PATH']}"}


def runs(world: World) -> int:
    """Return how often git was run in the environment that `misbehaving` returned."""
    return len(list((world.root / "tickets").iterdir()))


def before_push(world: World, *commands: str, always: bool = False) -> dict[str, str]:
    """Return an environment in which `commands` are run before git pushes: the first time it does, or `always`.

    What they write to 3 is what git would say. Where they fail git is not run.
    """
    folder, once = world.root / "bin", world.root / "was-here"
    folder.mkdir()
    done = "true" if always else f"touch {once}"
    doing = "; ".join((done, "unset GIT_DIR", *commands))
    git = shutil.which("git")
    script = f'case "$1" in push) [ -e {once} ] || ({doing}) 3>&1 >&2 || exit;; esac\nexec {git} "$@"'
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}:{world.env['PATH']}"}
