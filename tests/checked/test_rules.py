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
SILENT = "neither probes, nor another environment, nor a handful of requests at night"
SILENT_TOO = "neither probes, nor another environment, nor a handful of requests wake"
# The test that notices a change, by how its name begins, and the change.
CHANGES = [
    ("every request fails, 51 s", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 14.1"),
    ("every request fails, 52 s", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 14.5"),
    ("one request in ten fails, 518 s", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 14.38"),
    ("one request in ten fails, 519 s", f"rate1h{PROD} > 14.4", f"rate1h{PROD} > 14.42"),
    ("errors that are over wake nobody", "and service:budget_burn:rate5m > 14.4", ""),
    (SILENT, "and on (namespace) service:requests:rate5m > 0.1", ""),
    ("every request fails, 51 s", "[1h]", "[30m]"),
    ("every request fails, 52 s", "/ 0.001", "/ 0.002"),
    ("slow requests spend", "/ 0.01", "/ 0.02"),
    ("a client's errors", 'status=~"5.."', 'status=~"[45].."'),
    ("slow requests spend", 'le="0.25"', 'le="0.1"'),
    ("slow requests spend", 'le="0.25"', 'le="0.5"'),
    (SILENT, ', route!~"/healthz|/readyz|/health|/version|/metrics"', ""),
    (SILENT, 'namespace="service-prod"', 'namespace=~"service-.+"'),
    ("every request fails, 52 s", "severity: page", "severity: ticket"),
    ("one request in a hundred", f"rate6h{PROD} > 6", f"rate6h{PROD} > 5.9"),
    ("one request in a hundred", f"rate6h{PROD} > 6", f"rate6h{PROD} > 6.2"),
    ("one request in a hundred", "and service:budget_burn:rate30m > 6", ""),
    ("one request in a hundred", "[6h]", "[3h]"),
    (SILENT_TOO, "and on (namespace) service:requests:rate5m > 0.1", ""),
    ("two in a thousand", f"rate3d{PROD} > 1", f"rate3d{PROD} > 0.9"),
    ("two in a thousand", f"rate3d{PROD} > 1", f"rate3d{PROD} > 1.1"),
    ("two in a thousand", "and service:budget_burn:rate6h > 1", ""),
    ("where requests are few", "offset 1h > 1", "offset 1h > 0"),
    ("requests that were there", "== 0 and", "< 5 and"),
    ("every pod has stopped", 'status="200"}[1m]', 'status="200"}[1h]'),
    ("one pod of two", "unless on (namespace)", "and on (namespace)"),
    ("no pod is read", 'container="service"} == 1)', 'container="service"})'),
    ("one pod of three", "for: 10m", "for: 5m"),
    ("two requests in a hundred", "0.01 *", "0.1 *"),
    ("one in two hundred", "0.01 *", "0.001 *"),
    ("one in two hundred", 'status="503"', 'status=~"5.."'),
    ("a release is aborted", "Abort|", ""),
    ("a release took too long", "Timeout|", ""),
    ("a release took too long", "|InvalidSpec", ""),
    ("a release, another rollout", 'name="service", ', ""),
    ("a release waits", "for: 4h", "for: 3h"),
]


@pytest.mark.parametrize("change", CHANGES, ids=[f"{name}: {before}" for name, before, _ in CHANGES])
def test_a_changed_rule_is_noticed(change: tuple[str, str, str], run: Run, rules: Rules) -> None:
    begins, before, after = change
    changed = {name: text.replace(before, after) for name, text in rules.items()}
    assert changed != rules

    done = run({**changed, "one.yaml": alone(begins)}, "test", "rules", "one.yaml")

    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr
    assert "parse error" not in done.stdout + done.stderr, "it is not a rule any more"


def alone(begins: str) -> str:
    """Return the file of the one test whose name begins so, without the others in it: each takes promtool a while."""
    files = [yaml.safe_load(test.read_text(encoding="utf-8")) for test in TESTS]
    ((file, test),) = [(file, test) for file in files for test in file["tests"] if test["name"].startswith(begins)]
    return yaml.safe_dump({**file, "tests": [test]})
