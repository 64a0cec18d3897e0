"""The real Prometheus engine, asked through `promtool test rules`: series in, the value of an expression out."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from checkers.getting import PROMTOOL
from tests.canary.worlds import SCRAPE_S, Series

_EXPRESSION: Final = re.compile(r"^    (?=expr: )", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """What each of `expressions` is at `at_s`, with these series: they have a value, or None, each `every_s`."""

    series: Series
    expressions: Sequence[str]
    at_s: int
    every_s: int = SCRAPE_S


def ask(questions: Sequence[Question], folder: Path) -> list[list[list[float]]]:
    """Return for each question the vectors that its expressions are: none of them may have labels.

    Skips the test where there is no promtool.
    """
    if not PROMTOOL.is_there():
        pytest.skip("there is no promtool, and so no Prometheus engine to ask: make manifests gets it")
    file = folder / "questions.yaml"
    # JSON is YAML, and written a hundred times faster.
    groups = [_group(question) for question in questions]
    file.write_text(json.dumps({"evaluation_interval": f"{SCRAPE_S}s", "tests": groups}), encoding="utf-8")
    run = subprocess.run([PROMTOOL.place, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    answers = [_answer(part) for part in _EXPRESSION.split(run.stdout + run.stderr)[1:]]
    assert len(answers) == sum(len(question.expressions) for question in questions), run.stdout + run.stderr
    return [[answers.pop(0) for _ in question.expressions] for question in questions]


def _group(question: Question) -> dict[str, object]:
    """The question as tests that fail: promtool tells the value of an expression only where it is not the expected."""
    never = {"labels": "never", "value": 0}
    return {
        "interval": f"{question.every_s}s",
        "input_series": [
            {"series": labels, "values": " ".join("_" if value is None else str(value) for value in values)}
            for labels, values in question.series.items()
        ],
        "promql_expr_test": [
            {"expr": expression, "eval_time": f"{question.at_s}s", "exp_samples": [never]}
            for expression in question.expressions
        ],
    }


def _answer(text: str) -> list[float]:
    found = re.search(r"^        got: (.*)$", text, re.MULTILINE)
    assert found, f"promtool does not understand it: {text}"
    if found[1] == "nil":
        return []
    labels, _, value = found[1].rpartition(" ")
    assert labels == "{}", found[1]
    return [float(value)]
