"""The rules, held to plain bookkeeping over plays that nobody thought of: CONTRIBUTING.md says what is held.

Who reads tests/tagbump/machine for the first time begins with `promises` and `judge`: what must come of what. Both go
by the `ledger` and by `clocks`, and use none of the rules' code. `machine` draws what happens, with the people and
builds of `cast` under the files of `demands`; `play` has tagbump decide it by `asking`, `branch` keeps it as git would,
and `others` is what happens without tagbump. `bugs` are what all of it has to find.
"""

import os
import sys
import time

import pytest
from hypothesis import Phase

from tests.tagbump.machine import runs

STEPS = int(os.environ.get("TAGBUMP_STEPS", "3000"))


@pytest.mark.timeout(max(120, STEPS // 50))
def test_whatever_happens_comes_to_what_the_contract_says() -> None:
    began = time.monotonic()

    tally = runs.played(STEPS, phases=(Phase.generate, Phase.shrink))

    sys.stdout.write(f"\n{runs.steps_of(tally)} steps in {time.monotonic() - began:.0f} s\n{runs.told(tally)}\n")
    assert [thing for thing in runs.MUST_HAPPEN if not tally[thing]] == []
