"""python -m canary: plays rollouts, and notes how many good ones are ended and how soon bad ones are stopped."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from canary import pages, rows, templates
from canary.cases import cases

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs/reference/canary.md"
TEMPLATES: Final = ROOT / "k8s/components/analysis"
NUMBER: Final = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the options say and return the exit status: 0, or 1 where there is nothing to publish."""
    options = _options(arguments)
    if options.write_queries:
        for template in templates.write(TEMPLATES):
            _tell(f"wrote {template.relative_to(ROOT)}")
        return 0
    try:
        if options.write_docs:
            pages.publish(PAGE, pages.load(options.output, NUMBER))
            _tell(f"{PAGE.relative_to(ROOT)} has the figures of {options.output}")
        else:
            _play(options.rollouts, options.seed, options.output)
    except pages.NotPublished as error:
        _tell(str(error))
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m canary", description=__doc__)
    parser.add_argument("--rollouts", type=_number, default=NUMBER, help=f"how many of each kind (default: {NUMBER:,})")
    parser.add_argument("--seed", type=int, default=1, help="for other ones (default: 1)")
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=ROOT / "build/bench", help="where results go")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"play none; put the last run into {PAGE.relative_to(ROOT)}"
    )
    parser.add_argument(
        "--write-queries", action="store_true", help=f"play none; write the PromQL into {TEMPLATES.relative_to(ROOT)}"
    )
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _play(number: int, seed: int, folder: Path) -> None:
    found = []
    for case in cases():
        _tell(f"{case.what}, a look every {case.every}")
        found.append(rows.play(case, number, seed))
    shown = f"{rows.said(number, seed)}\n\n{rows.table(found)}\n"
    folder.mkdir(parents=True, exist_ok=True)
    document = {"rollouts": number, "seed": seed, "shown": shown, "rows": [asdict(row) for row in found]}
    (folder / pages.FIGURES).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (folder / pages.TABLE).write_text(shown, encoding="utf-8")
    print(shown)


def _tell(words: str) -> None:
    print(f"canary: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
