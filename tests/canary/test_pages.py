"""The figures go into build/bench and onto the page, and only those of a whole run do."""

import json
from pathlib import Path

import pytest

from canary import __main__ as program
from canary import pages
from canary.pages import BEGIN, END, NotPublished


def test_a_run_leaves_the_table_and_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--rollouts", "1", "--output", str(tmp_path)]) == 0

    shown = (tmp_path / "canary.md").read_text("utf-8")
    assert capsys.readouterr().out == shown + "\n"
    document = json.loads((tmp_path / "canary.json").read_text("utf-8"))
    assert document["shown"] == shown
    assert {row["table"] for row in document["rows"]} == {"good", "bad", "late"}
    lines = [line for line in shown.splitlines() if line.startswith("| ")]
    assert len(lines) == len(document["rows"]) + 2 * 3
    assert "| 5 % errors | 10 |" in shown


def test_the_page_gets_the_figures_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n\nold\n\n{END}\n\nmore\n")

    for _ in range(2):
        pages.publish(page, "figures\n")

    assert page.read_text() == f"# Title\n\n{BEGIN}\n\nfigures\n\n{END}\n\nmore\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{END} {BEGIN}")

    with pytest.raises(NotPublished, match="has no place for figures"):
        pages.publish(page, "figures")

    assert page.read_text() == f"{END} {BEGIN}"


def test_too_few_rollouts_are_not_published(tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="is not there; make bench-canary writes it"):
        pages.load(tmp_path, 20_000)

    (tmp_path / "canary.json").write_text(json.dumps({"rollouts": 300, "shown": "figures"}))
    with pytest.raises(NotPublished, match="is of 300 rollouts; make bench-canary plays 20,000"):
        pages.load(tmp_path, 20_000)

    assert pages.load(tmp_path, 300) == "figures"
