"""A program that fails says why, and none outlives what it was started for."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bench import running
from bench.errors import BenchFailed

ENV = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["sh", "-c", "echo why >&2; exit 3"], "ended with 3: why"),
        (["/not/here"], "/not/here cannot be run: No such file or directory"),
    ],
    ids=["a status", "no program"],
)
def test_a_program_that_fails_says_why(command: list[str], said: str) -> None:
    with pytest.raises(BenchFailed, match=said):
        running.seconds(*command, env=ENV)


def test_what_a_program_started_ends_with_it_where_we_give_up(tmp_path: Path) -> None:
    child = tmp_path / "child"
    script = f"sleep 60 >/dev/null 2>&1 & echo $! >{child}.new; mv {child}.new {child}; wait"

    with suppress(KeyError), running.started("sh", "-c", script, env=ENV):
        while not child.exists():
            time.sleep(0.01)
        raise KeyError

    assert ends(int(child.read_text()), within_s=10)


def ends(process: int, within_s: float) -> bool:
    """Say whether a process is gone, or waits for nothing but to be asked how it ended, after `within_s` at most."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if "State:\tZ" in Path(f"/proc/{process}/status").read_text():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False
