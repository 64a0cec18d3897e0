"""How long `tagbump --help` takes: what every run pays before it does anything."""

import sys
from typing import Final

from bench.rounds import interleaved
from bench.rows import Row, slower
from bench.workshop import Workshop

_GOAL: Final = 2.0


def measure(shop: Workshop) -> list[Row]:
    """Measure the start-up beside the least that a Python program with arguments can be."""
    bare = (sys.executable, "-c", "import argparse")

    def side(*arguments: str) -> float:
        return sum(shop.seconds(*arguments) for _ in range(shop.sizes.again)) / shop.sizes.again

    for arguments in (bare, (shop.tagbump, "--help")):
        side(*arguments)  # what is compiled is kept
    took = interleaved(
        shop.rounds, {"bare": lambda: side(*bare), "ours": lambda: side(shop.tagbump, "--help")}, shop.tell
    )
    return [slower("`tagbump --help`", '`python -c "import argparse"`', took["bare"], took["ours"], at_most=_GOAL)]
