"""The table says on what it was measured, and the page gets the figures of one whole run and no others."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import results, rows
from bench.errors import BenchFailed
from bench.machine import Machine
from bench.results import BEGIN, END, Run

QUIET = Machine("A processor", 2, "Linux 6.1", "2.39.5", "3.11.7", 0.12, "2026-11-21T12:00:00Z")
RUN = Run(QUIET, "0123456789ab", 7, whole=True)
NAMES = ("one", "two")
ROW = rows.slower("this | that", "peer", [1.0], [3.0], at_most=2)


def test_the_table_names_the_machine_and_has_a_line_for_each_row() -> None:
    shown = results.table(RUN, {"one": [ROW], "two": [rows.left_out("it", "gitopscli", "not here")]})

    head, _, table = shown.partition("\n\n")
    for words in ("A processor, 2 cores", "Linux 6.1", "git 2.39.5", "Python 3.11.7", "start 0.12", "7 rounds"):
        assert words in head
    assert table.splitlines()[2:] == [
        "| this \\| that | peer | 1 s (1 s) | 3 s (3 s) | 3 (3) | at most 2 times | **no** |",
        "| it | gitopscli | left out: not here |  |  |  |  |",
    ]


def test_a_goal_that_is_missed_says_why_and_one_that_is_met_does_not() -> None:
    missed = rows.timed("a", [2.0], goal_s=1.0, why="it is far")
    met = rows.faster("b", "peer", [9.0], [1.0], at_least=3.0, why="it is far")

    table = results.table(RUN, {"one": [missed, met]})

    assert [line.rpartition(" | ")[2] for line in table.splitlines()[-2:]] == ["**no**: it is far |", "yes |"]


@pytest.mark.parametrize(
    ("run", "warned"),
    [
        (RUN, False),
        (replace(RUN, machine=replace(QUIET, load=0.51)), True),
        (replace(RUN, whole=False), True),
    ],
    ids=["quiet", "busy", "small"],
)
def test_figures_that_are_not_to_be_relied_on_say_so(run: Run, warned: bool) -> None:
    assert ("**" in results.table(run, {"one": []})) is warned


def test_the_page_gets_the_table_between_its_marks_and_stays_as_it_is_around_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n\nold | figures\n\n{END}\n\nmore\n")
    results.save(tmp_path, RUN, {name: [ROW] for name in NAMES})

    for _ in range(2):
        results.publish(page, results.load(tmp_path, NAMES))

    shown = results.table(RUN, {"one": [ROW], "two": [ROW]})
    assert page.read_text() == f"# Title\n\n{BEGIN}\n\n{shown}\n{END}\n\nmore\n"


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n{END}\n{BEGIN}\n")

    with pytest.raises(BenchFailed, match="has no place for a table"):
        results.publish(page, "figures")

    assert page.read_text() == f"# Title\n{END}\n{BEGIN}\n"


def test_what_is_not_a_whole_run_is_not_published(tmp_path: Path) -> None:
    again = "measure all of it in one run: make bench-tagbump"
    with pytest.raises(BenchFailed, match=rf"tagbump\.json is not there; {again}"):
        results.load(tmp_path, NAMES)

    results.save(tmp_path, RUN, {"one": [ROW]})
    with pytest.raises(BenchFailed, match=rf"has no figures of two; {again}"):
        results.load(tmp_path, NAMES)

    results.save(tmp_path, replace(RUN, whole=False), {name: [ROW] for name in NAMES})
    with pytest.raises(BenchFailed, match=rf"figures of small sizes; {again}"):
        results.load(tmp_path, NAMES)

    (tmp_path / results.FIGURES).write_text("half of i")
    with pytest.raises(BenchFailed, match=rf"is no JSON; {again}"):
        results.load(tmp_path, NAMES)
