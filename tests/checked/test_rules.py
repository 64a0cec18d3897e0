"""The alerts say what they promise and no more, held by promtool to series of numbers; a changed rule is noticed."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.manifests.rendering import Resource

TESTS = sorted((Path(__file__).parent / "rules").glob("*.yaml"))
Rules = dict[str, str]


@pytest.fixture(scope="session")
def rules(rendered: dict[str, list[Resource]]) -> Rules:
    """The groups of rules of prod, each as a file of its own."""
    (resource,) = [one for one in rendered["k8s/overlays/prod"] if one["kind"] == "PrometheusRule"]
    return {
        f"{group['name']}.yaml": yaml.safe_dump({"groups": [group]}, width=1000) for group in resource["spec"]["groups"]
    }


@pytest.fixture
def run(promtool: Path, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run promtool in a folder with these rules, and the tests of them."""

    def run(rules: Rules, *arguments: str) -> "subprocess.CompletedProcess[str]":
        for name, text in rules.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        for test in TESTS:
            shutil.copy(test, tmp_path)
        return subprocess.run([promtool, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_prometheus_takes_every_rule(run: Run, rules: Rules) -> None:
    done = run(rules, "check", "rules", "--lint=all", "--lint-fatal", *rules)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.stem)
def test_alerts_speak_when_they_are_to_and_are_silent_otherwise(test: Path, run: Run, rules: Rules) -> None:
    done = run(rules, "test", "rules", test.name)

    assert done.returncode == 0, done.stdout + done.stderr


PROD = '{namespace="service-prod"}'
CHANGES = [
    ("budget-fast", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 13.6"),
    ("budget-fast", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 14.43"),
    ("budget-fast", "and service:budget_burn:rate5m > 14.4", ""),
    ("budget-fast", "and on (namespace) service:requests:rate5m > 0.1", ""),
    ("budget-fast", "[1h]", "[30m]"),
    ("budget-fast", "/ 0.001", "/ 0.002"),
    ("budget-fast", "/ 0.01", "/ 0.02"),
    ("budget-fast", 'status=~"5.."', 'status=~"[45].."'),
    ("budget-fast", 'le="0.25"', 'le="0.1"'),
    ("budget-fast", 'le="0.25"', 'le="0.5"'),
    ("budget-fast", ', route!~"/healthz|/readyz|/health|/version|/metrics"', ""),
    ("budget-fast", 'namespace="service-prod"', 'namespace=~"service-.+"'),
    ("budget-fast", "severity: page", "severity: ticket"),
    ("budget-slow", f"rate6h{PROD} > 6", f"rate6h{PROD} > 5.9"),
    ("budget-slow", f"rate6h{PROD} > 6", f"rate6h{PROD} > 6.2"),
    ("budget-slow", "and service:budget_burn:rate30m > 6", ""),
    ("budget-slow", "[6h]", "[3h]"),
    ("budget-slow", "and on (namespace) service:requests:rate5m > 0.1", ""),
    ("budget-slowest", f"rate3d{PROD} > 1", f"rate3d{PROD} > 0.9"),
    ("budget-slowest", f"rate3d{PROD} > 1", f"rate3d{PROD} > 1.1"),
    ("budget-slowest", "and service:budget_burn:rate6h > 1", ""),
    ("service", "offset 1h > 1", "offset 1h > 0"),
    ("service", "== 0 and", "< 5 and"),
    ("service", 'container="service"} == 1)', 'container="service"})'),
    ("service", "for: 10m", "for: 5m"),
    ("service", "0.01 *", "0.1 *"),
    ("service", "0.01 *", "0.001 *"),
    ("service", 'status="503"', 'status=~"5.."'),
    ("rollout", "Abort|", ""),
    ("rollout", "Timeout|", ""),
    ("rollout", "|InvalidSpec", ""),
    ("rollout", 'name="service", ', ""),
    ("rollout", "for: 4h", "for: 3h"),
]


@pytest.mark.parametrize("change", CHANGES, ids=[f"{test}: {before[-30:]}" for test, before, _ in CHANGES])
def test_a_changed_rule_is_noticed(change: tuple[str, str, str], run: Run, rules: Rules) -> None:
    test, before, after = change
    changed = {name: text.replace(before, after) for name, text in rules.items()}
    assert changed != rules

    done = run(changed, "test", "rules", f"{test}.yaml")

    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr
    assert "parse error" not in done.stdout + done.stderr, "it is not a rule any more"
