"""`python -m bench`, run as a reader runs it: what it writes, what it leaves, and what its page says of it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as program
from bench import programs, results
from bench.errors import BenchFailed
from bench.results import BEGIN, END
from tests.docs.documents import ROOT, rows, section

PAGE = ROOT / "docs/reference/performance.md"


def start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """Start it, with a folder for temporary files that nobody else has, and results in a folder beside that."""
    (folder / "temporary").mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "bench", "--output", str(folder / "results"), *options],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_run_writes_its_figures_and_its_table_and_leaves_nothing_else(tmp_path: Path) -> None:
    running = start(tmp_path, "--small", "--rounds", "1", "--only", "edit", "--only", "startup")
    table, progress = running.communicate(timeout=100)

    assert running.returncode == 0, progress
    assert table == (tmp_path / "results/tagbump.md").read_text() + "\n"
    assert "Small sizes" in table
    assert "`tagbump --help`" in table
    assert "edit: round 1 of 1" in progress
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["tagbump.json", "tagbump.md"]
    found = json.loads((tmp_path / "results/tagbump.json").read_text())
    assert found["run"]["rounds"] == 1
    assert len(found["measures"]["startup"][0]["samples"]["ours_s"]) == 1
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_leaves_neither_files_nor_processes(tmp_path: Path, number: signal.Signals) -> None:
    running = start(tmp_path, "--small", "--rounds", "99", "--only", "race")
    assert running.stderr is not None
    while "round 2" not in (line := running.stderr.readline()):
        assert line != "", "it ended before it began"

    running.send_signal(number)
    running.communicate(timeout=60)

    assert running.returncode == 128 + number
    assert list((tmp_path / "temporary").iterdir()) == []
    assert [line for line in command_lines() if str(tmp_path) in line] == []


def command_lines() -> list[str]:
    """Return the command lines of what runs on this machine."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "cmdline").read_text(errors="replace"))
        except OSError:
            continue  # it has ended
    return found


def test_a_page_is_not_written_without_a_whole_run(tmp_path: Path) -> None:
    before = PAGE.read_bytes()

    running = start(tmp_path, "--write-docs")
    _, said = running.communicate(timeout=60)

    assert running.returncode == 1
    assert "tagbump.json is not there; measure all of it in one run: make bench-tagbump" in said
    assert PAGE.read_bytes() == before


def test_what_fails_is_a_row_and_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(programs, "tagbump", lambda: "/not/here")
    monkeypatch.setattr(sys, "argv", ["bench", "--small", "--only", "startup", "--output", str(tmp_path)])

    assert program.main() == 1

    assert "failed: /not/here cannot be run: No such file or directory" in capsys.readouterr().out
    with pytest.raises(BenchFailed, match="has no figures of startup"):
        results.load(tmp_path, ["startup"])


@pytest.mark.parametrize("wrong", [["--rounds", "0"], ["--writers", "many"], ["--only", "nothing"]])
def test_an_option_that_means_nothing_is_refused(tmp_path: Path, wrong: list[str]) -> None:
    running = start(tmp_path, *wrong)
    running.communicate(timeout=60)

    assert running.returncode == 2


def test_the_page_explains_every_option_and_every_measure_and_has_a_place_for_the_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--help"])
    with pytest.raises(SystemExit):
        program.main()

    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
    first = {cells[0] for cells in rows(PAGE.read_text(encoding="utf-8"))}
    explained = {name for cell in first for name in re.findall(r"`(--[a-z-]+)[^`]*`", cell)}
    measures = {cells[0].strip("`") for cells in rows(section(PAGE, "What is measured")) if cells[0].startswith("`")}
    assert explained == options
    assert measures == set(program.MEASURES)
    assert PAGE.read_text(encoding="utf-8").index(BEGIN) < PAGE.read_text(encoding="utf-8").index(END)
