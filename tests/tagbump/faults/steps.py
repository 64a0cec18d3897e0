"""Ends a run of tagbump by SIGKILL before any one of its steps: a program started, a file made, moved or removed.

Python says what it is about to do (its audit events), so nothing in tagbump has to know of this.
"""

import subprocess
from collections.abc import Mapping
from typing import Final

from tests.tagbump import shapes
from tests.tagbump.world import TAGBUMP, Outcome, World

KILLED: Final = -9

_HOOK: Final = """\
import os, signal, sys

last, kinds, places = int(os.environ["KILL_AT"]), os.environ["KILL_KINDS"].split(), os.environ["KILL_PLACES"]
writes, seen = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0


def changes(event, arguments):
    if event == "subprocess.Popen":
        return True
    path = arguments[0]
    if isinstance(path, int) or not os.fspath(path).startswith(places):
        return False
    path = os.fspath(path)
    if event == "open":
        return arguments[2] & writes and not (path.endswith("tagbump.lock") and os.path.exists(path))
    return not (event == "os.mkdir" and os.path.exists(path))


def step(event, arguments):
    global seen
    if event in kinds and changes(event, arguments):
        seen += 1
        if seen == last:
            os.killpg(0, signal.SIGKILL)


if os.environ["KILL_IN"] in sys.orig_argv:
    sys.addaudithook(step)
"""

PROGRAMS: Final = "subprocess.Popen"
EVERYTHING: Final = "subprocess.Popen open os.rename os.remove os.rmdir os.mkdir shutil.rmtree"


def run_up_to(world: World, step: int, *words: str, kinds: str = EVERYTHING) -> Outcome:
    """Run tagbump and kill it, with all that it has started, before its step number `step`; the first is 1."""
    folder = world.root / "hook"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_HOOK)
    path = ":".join(filter(None, [str(folder), world.env.get("PYTHONPATH")]))
    said = {
        "KILL_IN": TAGBUMP[-1],
        "KILL_AT": str(step),
        "KILL_KINDS": kinds,
        "KILL_PLACES": str(world.root),
        "PYTHONPATH": path,
    }
    return run_apart(world, *words, env=said)


def run_apart(world: World, *words: str, env: Mapping[str, str], timeout_s: float = 60) -> Outcome:
    """Run tagbump under --json in a process group of its own, which can be killed whole."""
    words = (*words, "--json")
    done = subprocess.run(
        [*TAGBUMP, *words], cwd=world.checkout, env={**world.env, **env}, start_new_session=True,
        capture_output=True, text=True, check=False, timeout=timeout_s,
    )  # fmt: skip
    shapes.check(words, done.returncode, done.stdout)
    return Outcome(done.returncode, done.stdout, done.stderr)
