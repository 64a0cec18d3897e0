"""What the AnalysisTemplates ask of a canary, and when they pass, fail and leave it to a person."""

from typing import Any

import pytest
import yaml

from canary import queries, sprt, templates
from canary.__main__ import TEMPLATES
from tests.canary.templates import metrics, rendered

STEPS = [("errors", "errors", sprt.ERRORS.fail), ("latency", "latency", sprt.LATENCY.fail)]
WATCHED = {
    "errors": sprt.ERRORS.fail,
    "errors-lately": sprt.LATELY,
    "latency": sprt.LATENCY.fail,
    "latency-lately": sprt.LATELY,
}


def test_every_query_is_as_it_was_put_together() -> None:
    files = sorted(TEMPLATES.glob("*.yaml"))

    stale = [file.name for file in files if templates.written(file.read_text("utf-8")) != file.read_text("utf-8")]

    assert stale == [], "run: python -m canary --write-queries"


def test_a_query_that_was_changed_by_hand_is_put_right_and_the_rest_is_left_alone() -> None:
    text = (TEMPLATES / "watch.yaml").read_text("utf-8")
    changed = text.replace('status=~"5.."', 'status=~"4.."').replace("0.001", "0.5")
    assert changed != text

    assert templates.written(changed) == text


def test_the_watch_asks_what_the_steps_ask() -> None:
    watched = metrics("watch")

    assert watched["errors"].query == metrics("errors")["errors"].query
    assert watched["latency"].query == metrics("latency")["latency"].query


@pytest.mark.parametrize(("template", "metric", "fail"), STEPS)
@pytest.mark.parametrize("looks", [1, 2, 3])
def test_a_step_passes_fails_or_goes_on_at_the_bounds_of_the_test(
    template: str, metric: str, fail: float, looks: int
) -> None:
    enough = -sprt.PASS * looks
    asked = metrics(template, looks=str(looks))[metric]

    phases = [asked.phase([score]) for score in (enough - 0.001, enough + 0.001, 0.0, fail - 0.001, fail)]

    assert phases == ["Successful", "Inconclusive", "Inconclusive", "Inconclusive", "Failed"]


@pytest.mark.parametrize(("metric", "fail"), WATCHED.items())
def test_the_watch_fails_at_the_bounds_of_the_test_and_has_no_other_opinion(metric: str, fail: float) -> None:
    asked = metrics("watch")[metric]

    phases = [asked.phase(result) for result in ([], [float("nan")], [-99.0], [fail - 0.001], [fail])]

    assert phases == ["Successful"] * 4 + ["Failed"]


@pytest.mark.parametrize("result", [[], [float("nan")]], ids=["nothing", "no number"])
@pytest.mark.parametrize(("template", "metric"), [step[:2] for step in STEPS])
def test_a_step_neither_passes_nor_fails_without_a_number(template: str, metric: str, result: list[float]) -> None:
    assert metrics(template)[metric].phase(result) == "Inconclusive"


@pytest.mark.parametrize(("template", "metric"), [step[:2] for step in STEPS])
def test_a_step_ends_at_the_first_verdict_and_without_one_after_half_an_hour(template: str, metric: str) -> None:
    asked = metrics(template)[metric].content

    # Argo Rollouts: a limit is passed when it is exceeded, and no verdict at the last of `count` is Inconclusive only
    # where consecutiveSuccessLimit is set.
    assert (asked["consecutiveSuccessLimit"], asked["failureLimit"]) == (1, 0)
    assert asked["inconclusiveLimit"] >= asked["count"]
    assert asked["interval"] == "10s"
    assert asked["count"] * 10 == 30 * 60


@pytest.mark.parametrize(("template", "limit_s"), [("errors", 60), ("latency", 60), ("watch", 310)])
def test_a_prometheus_that_is_gone_ends_the_rollout(template: str, limit_s: int) -> None:
    for metric in metrics(template).values():
        # A measurement that went wrong is repeated after 10 s, and one more than the limit is the end.
        assert (metric.content["consecutiveErrorLimit"] + 1) * 10 == limit_s


def test_the_watch_goes_on_until_the_rollout_ends() -> None:
    for metric in metrics("watch").values():
        assert "count" not in metric.content
        assert "successCondition" not in metric.content
        assert metric.content["failureLimit"] == 0


def test_every_template_asks_the_prometheus_of_the_installation() -> None:
    platform: dict[str, Any] = yaml.safe_load((TEMPLATES.parents[2] / "platform/platform.yaml").read_text("utf-8"))

    addresses = {
        metric["provider"]["prometheus"]["address"]
        for template in rendered().values()
        for metric in template["spec"]["metrics"]
        if "prometheus" in metric["provider"]
    }

    assert addresses == {platform["data"]["prometheus"]}


def test_the_canarys_answers_count_as_late_as_its_scrapes_make_necessary() -> None:
    monitor: dict[str, Any] = yaml.safe_load((TEMPLATES.parents[1] / "base/podmonitor.yaml").read_text("utf-8"))

    intervals = [endpoint["interval"] for endpoint in monitor["spec"]["podMetricsEndpoints"]]

    assert intervals == [f"{queries.SCRAPE_S}s"]


def test_templates_take_the_arguments_that_rollouts_give() -> None:
    arguments = {
        name: [one["name"] for one in template["spec"].get("args", [])] for name, template in rendered().items()
    }

    step = ["namespace", "canary-hash", "stable-hash", "looks"]
    assert {name: arguments[name] for name in ("errors", "latency", "watch")} == {
        "errors": step, "latency": step, "watch": step[:3],
    }  # fmt: skip
