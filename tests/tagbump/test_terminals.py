"""The board on a real terminal, and where there is none."""

import os
import pty
import re
import subprocess
import termios

import pytest

from tagbump import plain
from tests.tagbump.world import TAGBUMP, World


def on_terminal(world: World, columns: int, **env: str) -> str:
    """Return what `tagbump status` writes to a terminal of so many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    with subprocess.Popen(
        [*TAGBUMP, "status"], cwd=world.checkout, env={**world.env, "TERM": "xterm", **env}, stdout=slave
    ) as run:
        os.close(slave)
        written = b""
        while more := _read(master):
            written += more
    os.close(master)
    assert run.returncode == 0
    return written.decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux says so where nobody holds the other end any more
        return b""


def test_a_terminal_gets_colours_and_the_same_words(world: World) -> None:
    coloured = on_terminal(world, 80)

    assert "\x1b[1mdev\x1b[0m" in coloured
    shown = world.run("status").stdout
    moments = r"(?:\d+\w )+ago|at \w+, .*"  # these may be others a moment later
    assert re.sub(rf"\x1b\[[0-9;]*m|{moments}", "", coloured) == re.sub(moments, "", shown)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_who_wants_no_colours_gets_none(world: World, env: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal(world, 80, **env)


@pytest.mark.parametrize(("columns", "most"), [(60, 60), (200, 80), (20, 48), (0, 80)])
def test_the_board_is_as_wide_as_the_terminal_and_eighty_columns_at_most(world: World, columns: int, most: int) -> None:
    lines = on_terminal(world, columns, NO_COLOR="1").splitlines()

    assert most - 20 < max(map(plain.width, lines)) <= most


def test_what_is_written_to_a_file_has_no_colours_and_eighty_columns(world: World) -> None:
    shown = world.run("status", env={"COLUMNS": "48"}).stdout

    assert "\x1b" not in shown
    assert max(map(plain.width, shown.splitlines())) > 48
