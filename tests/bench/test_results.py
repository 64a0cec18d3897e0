"""The table says on what it was measured, and the page gets the figures of one whole run and no others."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import results, rows
from bench.errors import BenchFailed
from bench.machine import Machine
from bench.results import BEGIN, END, Run

QUIET = Machine("A processor", 2, "Linux 6.1", "2.39.5", "3.11.7", 0.12, "2026-11-21T12:00:00Z")
RUN = Run(QUIET, "0123456789ab", 7, whole=True, measures=("one", "two"))
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
    for name in RUN.measures:
        results.save(tmp_path, RUN, name, [ROW])

    for _ in range(2):
        results.publish(page, results.load(tmp_path, RUN.measures))

    shown = results.table(RUN, {"one": [ROW], "two": [ROW]})
    assert page.read_text() == f"# Title\n\n{BEGIN}\n\n{shown}\n{END}\n\nmore\n"


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n{END}\n{BEGIN}\n")

    with pytest.raises(BenchFailed, match="has no place for a table"):
        results.publish(page, "figures")

    assert page.read_text() == f"# Title\n{END}\n{BEGIN}\n"


def test_what_is_not_one_whole_run_is_not_published(tmp_path: Path) -> None:
    results.save(tmp_path, RUN, "one", [ROW])
    with pytest.raises(BenchFailed, match=r"two\.json is not there; measure all of it in one run: make bench"):
        results.load(tmp_path, RUN.measures)

    later = replace(RUN, machine=replace(QUIET, started="2026-11-21T13:00:00Z"))
    results.save(tmp_path, later, "two", [ROW])
    with pytest.raises(BenchFailed, match="figures of several runs"):
        results.load(tmp_path, RUN.measures)

    for name in RUN.measures:
        results.save(tmp_path, replace(RUN, whole=False), name, [ROW])
    with pytest.raises(BenchFailed, match="figures of small sizes"):
        results.load(tmp_path, RUN.measures)
