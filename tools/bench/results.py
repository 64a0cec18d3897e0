"""What a run found out, as files: every sample as JSON, and the table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchFailed
from bench.machine import QUIET, Machine
from bench.rows import Row

FIGURES: Final = "tagbump.json"
TABLE: Final = "tagbump.md"
BEGIN: Final = "<!-- begin: written by `python -m bench --write-docs` -->"
END: Final = "<!-- end -->"
_AGAIN: Final = "measure all of it in one run: make bench-tagbump"


@dataclass(frozen=True)
class Run:
    """What the rows of one run have in common. `whole` is whether it was in the sizes that the goals speak of."""

    machine: Machine
    commit: str
    rounds: int
    whole: bool


def save(folder: Path, run: Run, found: Mapping[str, Sequence[Row]]) -> None:
    """Write what the measures of one run have `found` so far, by their names."""
    document = {"run": asdict(run), "measures": {name: [asdict(row) for row in rows] for name, rows in found.items()}}
    (folder / FIGURES).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(folder: Path, names: Sequence[str]) -> str:
    """Return the table of the last run in `folder`. Raises BenchFailed where that was not a whole one."""
    file = folder / FIGURES
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BenchFailed(f"{file} is not there; {_AGAIN}") from None
    except ValueError:
        raise BenchFailed(f"{file} is no JSON; {_AGAIN}") from None
    said, found = document["run"], document["measures"]
    if missing := [name for name in names if name not in found]:
        raise BenchFailed(f"{file} has no figures of {', '.join(missing)}; {_AGAIN}")
    if not said["whole"]:
        raise BenchFailed(f"{file} holds figures of small sizes; {_AGAIN}")
    run = Run(**{**said, "machine": Machine(**said["machine"])})
    return table(run, {name: [Row(**row) for row in found[name]] for name in names})


def table(run: Run, rows: Mapping[str, Sequence[Row]]) -> str:
    """Return the table as Markdown, below the words that say on what it was measured."""
    machine = run.machine
    versions = f"{machine.kernel}, git {machine.git}, Python {machine.python}"
    words = [
        f"Measured at {machine.started}, tagbump at commit {run.commit}, {run.rounds} rounds.",
        f"{machine.cpu}, {machine.cores} cores, {versions}; load average at the start {machine.load:.2f}.",
    ]
    if machine.is_busy:
        words.append(f"**The machine was busy: a load above {QUIET} at the start. Do not rely on these figures.**")
    if not run.whole:
        words.append("**Small sizes: these figures show that the measuring works, and nothing else.**")
    heading = ("what", "beside", "the peer's", "tagbump's", "ratio", "goal", "met")
    lines = [_line(heading), _line(["---"] * len(heading))]
    for row in (row for several in rows.values() for row in several):
        met = "" if row.met is None else "yes" if row.met else f"**no**: {row.why}" if row.why else "**no**"
        lines.append(_line((row.what, row.peer, row.theirs, row.ours, row.ratio, row.goal, met)))
    return "\n".join(words) + "\n\n" + "\n".join(lines) + "\n"


def publish(page: Path, shown: str) -> None:
    """Put `shown` between the two marks of `page`. Raises BenchFailed where the page has not both."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchFailed(f"{page} has no place for a table: it takes a line {BEGIN} and a line {END}")
    page.write_text(f"{before}{begin}\n\n{shown}\n{end}{after}", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
