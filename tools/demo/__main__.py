"""python -m demo [--keep]: one release's life, from a merged commit to prod and back."""

import argparse
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demo import needs, postgres, processes, repository, world
from demo.errors import DemoFailed, Unprepared
from demo.narrator import Narrator
from demo.people import DANA, DEVI, OLU, PIPELINE, REMY
from demo.story import Story
from demo.world import KEPT, REMOTE, World

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Tell the story and return the exit status: 0, 1 where it did not go as told, 130 or 143 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--keep", action="store_true", default=bool(os.environ.get("DEMO_KEEP")),
        help="leave the environments running until Ctrl-C; DEMO_KEEP=1 does the same",
    )  # fmt: skip
    keep = parser.parse_args().keep
    # Outside of `interruptible`, which ignores further signals when it ends: the cleaning up is not cut short.
    with ExitStack() as stack, processes.interruptible():
        try:
            needs.check(ROOT, Path(sys.executable).parent)
            stack.enter_context(alone(ROOT / KEPT))
            _tell(stack, keep=keep)
            if keep:
                _wait_for_interruption()
                print("\nstopping what runs", file=sys.stderr)
                _stop(stack)
        except Unprepared as error:
            print(error, file=sys.stderr)
            return 1
        except DemoFailed as error:
            print(f"\nThe demo did not go as told: {error}\nlogs: {KEPT}/logs", file=sys.stderr)
            return 1
        except SystemExit:
            print("\ninterrupted; stopping what runs", file=sys.stderr)
            _stop(stack)
            raise
        except BrokenPipeError:
            # Whoever read has gone, as `head` does: there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
    return 0


def _tell(stack: ExitStack, *, keep: bool) -> None:
    kept = ROOT / KEPT
    _empty(kept)
    (kept / "logs").mkdir()
    work = stack.enter_context(postgres.short_folder("demo-"))
    transcript = stack.enter_context((kept / "transcript.txt").open("w"))
    narrator = Narrator(ROOT, repository.environment(work), transcript, kept / "logs" / "deployer.log")
    _introduce(narrator)
    there = world.build(narrator, stack, work)
    Story(narrator, there).tell()
    _what_next(narrator, there, keep=keep)
    if keep:
        _what_runs(narrator, there)


def _introduce(narrator: Narrator) -> None:
    """Say what is to come, how to read it, and who is in it."""
    narrator.say(
        "One release's life: from a merged commit through dev and stage to prod; and one that goes back. It takes about"
        " a minute.",
        "A line that begins with $ is a command as you could type it, and what it says stands below. [exit code 3] is"
        " the no of a rule: it comes five times, and is meant to.",
        f"{DANA.name} and {DEVI.name} write the service; {REMY.name} approves for stage, {OLU.name} for prod."
        f" tagbump commits as {PIPELINE.name}, which in earnest is Jenkins.",
    )


def _what_next(narrator: Narrator, there: World, *, keep: bool) -> None:
    end = "At Ctrl-C all that runs is" if keep else "All that runs is now"
    narrator.chapter(
        "What to try next",
        f"That took {narrator.seconds()} s. {end} stopped and its data are gone; {KEPT} keeps the remote, the board,"
        " the logs and this transcript until the next run. At the root of this repository:",
    )
    tagbump, repo, again = f"{there.bin}/tagbump", f"--repo {REMOTE}", "--reintroduce --reason 'a try' --dry-run"
    for words, line in (
        ("the board, as a page", f"open {KEPT}/board.html in a browser"),
        ("the board, here", f"{tagbump} status {repo}"),
        ("what any commit did", f"git -C {REMOTE} log --patch"),
        ("what a proof says", f"git -C {REMOTE} for-each-ref --format='%(contents)' refs/tags/proof"),
        ("let the bad one in after all", f"{tagbump} promote prod --approved-by {OLU.email} {again} {repo}"),
        ("all of the above again", f"less {KEPT}/transcript.txt"),
        ("the same, left running", "DEMO_KEEP=1 make demo"),
        ("the rules, in the real policy", "less tagbump.yaml"),
    ):  # fmt: skip
        narrator.show(f"   {words + ':':32}{line}")


def _what_runs(narrator: Narrator, there: World) -> None:
    narrator.show("", f"   Still running, until Ctrl-C; what is released in {REMOTE} is still deployed:")
    for name in world.ENVIRONMENTS:
        narrator.show(f"   {name + ':':32}{there.url(name)}/version")


def _wait_for_interruption() -> None:
    try:
        signal.pause()
    except SystemExit as interruption:
        if interruption.code != 128 + signal.SIGINT:
            raise


def _stop(stack: ExitStack) -> None:
    """Stop what runs, and say so. A signal has come before: there will be no other."""
    stack.close()
    print("stopped", file=sys.stderr)


@contextmanager
def alone(kept: Path) -> Iterator[None]:
    """Keep a second demo from replacing the folder `kept` under the first. Raises Unprepared."""
    kept.parent.mkdir(exist_ok=True)
    with kept.with_suffix(".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Unprepared(f"another demo is running in {KEPT}, as process {lock.read()}: end it first") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _empty(folder: Path) -> None:
    """Make `folder` anew, without what an earlier run left in it. Raises Unprepared."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
    except OSError as error:
        raise Unprepared(f"{error.filename or folder} cannot be replaced ({error.strerror}): remove {KEPT}") from error


if __name__ == "__main__":
    sys.exit(main())
