"""python -m bench: measures tagbump beside what one would do without it, and writes down what it found."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from bench import machine, programs, results, running, workshop
from bench.errors import BenchFailed
from bench.measures import cold, corpus, edit, gitopscli, race, startup, warm
from bench.results import Run
from bench.rows import Row, failed
from bench.sizes import SMALL, WHOLE
from bench.workshop import Workshop

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs/reference/performance.md"
MEASURES: Final[Mapping[str, Callable[[Workshop], list[Row]]]] = {
    "startup": startup.measure,
    "edit": edit.measure,
    "warm": warm.measure,
    "cold": cold.measure,
    "race": race.measure,
    "corpus": corpus.measure,
    "gitopscli": gitopscli.measure,
}
_ROUNDS: Final = 7
_INTERRUPTIONS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Do what the options say and return the exit status: 0, or 1 where not all of it could be done."""
    options = _options()
    for each in _INTERRUPTIONS:
        signal.signal(each, _leave)
    try:
        if options.write_docs:
            results.publish(PAGE, results.load(options.output, tuple(MEASURES)))
            _tell(f"{PAGE.relative_to(ROOT)} has the figures of {options.output}")
        else:
            with tempfile.TemporaryDirectory(prefix="bench-") as root:
                return _measure(Path(root), options)
    except BenchFailed as error:
        _tell(str(error))
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(MEASURES), help="measure this; may be given again")
    parser.add_argument("--rounds", type=_number, help=f"how often each is measured (default: {_ROUNDS})")
    parser.add_argument("--writers", type=_number, help=f"how many race (default: {WHOLE.writers})")
    parser.add_argument("--small", action="store_true", help="tiny sizes and 2 rounds: shows that it works")
    parser.add_argument("--gitopscli", metavar="PROGRAM", help="measure beside this gitopscli (default: on the PATH)")
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=ROOT / "build/bench", help="where results go")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"measure nothing; put the last run into {PAGE.relative_to(ROOT)}"
    )
    return parser.parse_args()


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _measure(root: Path, options: argparse.Namespace) -> int:
    """Measure, write down what was found, and return the exit status."""
    names: Sequence[str] = [name for name in MEASURES if name in (options.only or MEASURES)]
    env = workshop.environment(root / "home")
    there = machine.look(env)
    if there.is_busy:
        _tell(f"warning: the load is {there.load:.2f}; figures to rely on take a quiet machine, below {machine.QUIET}")
    sizes = SMALL if options.small else WHOLE
    whole = sizes == WHOLE and options.writers in (None, WHOLE.writers)
    run = Run(there, _commit(env), options.rounds or (2 if options.small else _ROUNDS), whole)
    options.output.mkdir(parents=True, exist_ok=True)
    shop = Workshop(
        root, env, replace(sizes, writers=options.writers or sizes.writers), run.rounds, programs.tagbump(), _tell,
        kustomize=_kustomize(names, env, build=not options.small), gitopscli=programs.gitopscli(options.gitopscli, env),
    )  # fmt: skip
    rows: dict[str, list[Row]] = {}
    missing = set()
    for name in names:
        try:
            shop.tell = partial(_tell, about=f"{name}: ")
            rows[name] = MEASURES[name](shop)
        except BenchFailed as error:
            # A row as well, and no figure: the others are as good as they were.
            shop.tell(str(error))
            rows[name] = [failed(name, str(error))]
            missing.add(name)
        results.save(options.output, run, {name: found for name, found in rows.items() if name not in missing})
    shown = results.table(run, rows)
    (options.output / results.TABLE).write_text(shown, encoding="utf-8")
    print(shown)
    return 1 if missing else 0


def _kustomize(names: Sequence[str], env: Mapping[str, str], *, build: bool) -> programs.Program:
    if not {"cold", "corpus"} & set(names):
        return programs.Program(why="not asked for")
    _tell("looking for kustomize; building one may take some minutes")
    return programs.kustomize(ROOT / "build/bin", env, build=build)


def _commit(env: Mapping[str, str]) -> str:
    """Name what is measured; a plus sign stands for changes that are in no commit."""
    try:
        commit = running.run("rev-parse", "--short=12", "HEAD", env=env, cwd=ROOT).strip()
        return commit + ("+" if running.run("status", "--porcelain", "--", "tools/tagbump", env=env, cwd=ROOT) else "")
    except BenchFailed:
        return "unknown"


def _tell(words: str, about: str = "") -> None:
    print(f"bench: {about}{words}", file=sys.stderr, flush=True)


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as interrupted. What follows is the clearing away, which nothing is to cut short."""
    for each in _INTERRUPTIONS:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
