"""Every alert is about its own environment, says how urgent it is, and leads to a runbook that is there."""

from typing import Any

import pytest
import yaml

from tests.manifests.rendering import ROOT, Overlay
from tests.manifests.test_platform import values

WITH_ALERTS = ("stage", "prod")


def rules(overlay: Overlay) -> list[dict[str, Any]]:
    return [rule for group in overlay.one("PrometheusRule")["spec"]["groups"] for rule in group["rules"]]


def alerts(overlay: Overlay) -> list[dict[str, Any]]:
    return [rule for rule in rules(overlay) if "alert" in rule]


def test_dev_wakes_nobody(overlays: dict[str, Overlay]) -> None:
    assert [name for name, overlay in overlays.items() if overlay.all("PrometheusRule")] == list(WITH_ALERTS)


@pytest.mark.parametrize("name", WITH_ALERTS)
def test_every_rule_reads_its_own_environment(name: str, overlays: dict[str, Overlay]) -> None:
    for rule in rules(overlays[name]):
        assert f'{{namespace="service-{name}"' in rule["expr"], rule


def test_every_alert_says_how_urgent_it_is_and_what_to_do(overlays: dict[str, Overlay]) -> None:
    for alert in alerts(overlays["prod"]):
        assert alert["labels"]["severity"] in {"page", "ticket"}, alert["alert"]
        where, _, runbook = alert["annotations"]["runbook_url"].rpartition("/")
        assert where == values()["runbooks"]
        assert (ROOT / "docs/runbooks" / runbook).is_file(), runbook
        assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}


def test_the_budget_is_watched_over_a_long_and_a_short_time(overlays: dict[str, Overlay]) -> None:
    expressions = {alert["alert"]: alert["expr"].split() for alert in alerts(overlays["prod"])}

    for name, factor, long, short in [
        ("ServiceBudgetBurnsFast", "14.4", "1h", "5m"),
        ("ServiceBudgetBurns", "6", "6h", "30m"),
        ("ServiceBudgetBurnsSlowly", "1", "3d", "6h"),
    ]:
        slow = f'service:budget_burn:rate{long}{{namespace="service-prod"}}'
        assert expressions[name][:7] == [slow, ">", factor, "and", f"service:budget_burn:rate{short}", ">", factor]


def test_no_request_of_a_probe_or_of_prometheus_counts(overlay: Overlay) -> None:
    probed = {overlay.service()[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe")}
    (endpoint,) = overlay.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    ours = {*probed, endpoint["path"]}

    for rule in rules(overlay) if overlay.all("PrometheusRule") else []:
        if rule.get("alert") == "ServiceHasNoReadyPod":
            continue  # which is about the probes
        for series in rule["expr"].split("http_request")[1:]:
            left_out = series.partition('route!~"')[2].partition('"')[0].split("|")
            assert set(left_out) >= ours, rule


def test_every_alert_is_held_to_a_series_that_raises_it_and_to_one_that_does_not(overlays: dict[str, Overlay]) -> None:
    held: dict[str, set[bool]] = {}
    for file in (ROOT / "tests/checked/rules").glob("*.yaml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for one in test.get("alert_rule_test", []):
                held.setdefault(one["alertname"], set()).add(bool(one["exp_alerts"]))

    assert held == {alert["alert"]: {True, False} for alert in alerts(overlays["prod"])}
