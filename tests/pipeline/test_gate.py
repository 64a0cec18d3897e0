"""What findings mean: critical ones stop an image, unless somebody answers for them today."""

from datetime import date
from typing import Any

import pytest

from pipeline import accepted, gate, report
from pipeline.accepted import Acceptance
from pipeline.errors import Misconfigured
from pipeline.gate import Finding, Verdict

TODAY = date(2026, 3, 1)
ZLIB = {"VulnerabilityID": "CVE-1", "PkgName": "zlib1g", "Severity": "CRITICAL", "InstalledVersion": "1"}
FLASK = {"VulnerabilityID": "CVE-2", "PkgName": "Flask", "Severity": "HIGH", "FixedVersion": "99"}
ANSWER = Acceptance("CVE-1", "zlib1g", "never inflates", TODAY)


def judged(*answers: Acceptance, found: tuple[dict[str, Any], ...] = (ZLIB, FLASK)) -> Verdict:
    scanned = {"Results": [{"Vulnerabilities": list(found)}, {"Target": "python"}]}
    return gate.judge(gate.findings(scanned), answers, TODAY)


def ids(findings: Any) -> list[str]:
    return [finding.id for finding in findings]


def test_a_critical_finding_stops_the_image_and_no_other() -> None:
    verdict = judged()

    assert (ids(verdict.stopping), ids(verdict.others)) == (["CVE-1"], ["CVE-2"])


@pytest.mark.parametrize("severity", ["CRITICAL", "critical", "Critical"])
def test_a_severity_is_read_in_any_case(severity: str) -> None:
    assert ids(judged(found=({**ZLIB, "Severity": severity},)).stopping) == ["CVE-1"]


@pytest.mark.parametrize("scanned", [{}, {"Results": None}, {"Results": [{"Vulnerabilities": None}]}])
def test_nothing_found_stops_nothing(scanned: dict[str, Any]) -> None:
    assert gate.judge(gate.findings(scanned), [], TODAY) == Verdict([], [], [], {}, [])


def test_what_is_accepted_does_not_stop_it_through_the_last_day() -> None:
    verdict = judged(ANSWER)

    assert ids(verdict.stopping) == []
    assert [(finding.id, answer) for finding, answer in verdict.accepted] == [("CVE-1", ANSWER)]


def test_an_acceptance_that_is_over_stops_it_and_is_told() -> None:
    over = Acceptance("CVE-1", "zlib1g", "never inflates", date(2026, 2, 28))

    verdict = judged(over)

    assert ids(verdict.stopping) == ["CVE-1"]
    assert list(verdict.over.values()) == [over]
    assert verdict.unused == []


@pytest.mark.parametrize(("finding", "package"), [("CVE-1", "zlib1g-dev"), ("CVE-3", "zlib1g"), ("CVE-2", "zlib1g")])
def test_an_acceptance_of_something_else_stops_it_and_is_told_as_unused(finding: str, package: str) -> None:
    other = Acceptance(finding, package, "why", TODAY)

    verdict = judged(other)

    assert ids(verdict.stopping) == ["CVE-1"]
    assert verdict.unused == [other]


def test_each_finding_is_told_once_the_worst_first() -> None:
    low = {**FLASK, "VulnerabilityID": "CVE-3", "Severity": "LOW"}
    odd = {**FLASK, "VulnerabilityID": "CVE-4", "Severity": "NEWLY INVENTED"}

    found = gate.findings({"Results": [{"Vulnerabilities": [odd, low, FLASK, ZLIB]}, {"Vulnerabilities": [ZLIB]}]})

    assert ids(found) == ["CVE-1", "CVE-2", "CVE-3", "CVE-4"]


@pytest.mark.parametrize(
    ("stopping", "words"),
    [
        (0, "no finding stops the image"),
        (1, "a critical finding stops the image"),
        (2, "2 critical findings stop the image"),
    ],
)
def test_the_headline_counts(stopping: int, words: str) -> None:
    found = [Finding(f"CVE-{number}", "a", "1", "", "CRITICAL", "", "") for number in range(stopping)]

    assert report.headline(gate.judge(found, [], TODAY)) == words


def test_a_file_of_acceptances_is_read() -> None:
    text = "- {id: CVE-1, package: zlib1g, reason: why, until: 2026-03-01}\n"
    text += '- {id: CVE-2, package: a, reason: b, until: "2026-12-31"}'

    assert [(one.id, one.until) for one in accepted.parse(text)] == [("CVE-1", TODAY), ("CVE-2", date(2026, 12, 31))]


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]"])
def test_a_file_without_any_accepts_nothing(text: str) -> None:
    assert list(accepted.parse(text)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accepted: []", "it has to be a list"),
        ("- CVE-1", "entry 1 has to have the keys id, package, reason, until, and no others"),
        ("- {id: CVE-1, package: a, until: 2026-03-01}", "entry 1 has to have the keys"),
        ("- {id: CVE-1, package: a, reason: b, until: 2026-03-01, untill: 1}", "entry 1 has to have the keys"),
        ("- {id: CVE-1, package: a, reason: '', until: 2026-03-01}", "entry 1: reason has to be words"),
        ("- {id: CVE-1, package: 3, reason: b, until: 2026-03-01}", "entry 1: package has to be words"),
        ("- {id: CVE-1, package: a, reason: b, until: soon}", "entry 1: until has to be a day"),
        ("- {id: CVE-1, package: a, reason: b, until: 2026-03-01 10:00:00}", "entry 1: until has to be a day"),
        ("- {id: CVE-1, package: a, reason: b, until: 2026-02-30}", "a day is none"),
        ("- {id: CVE-1, package: a, reason: b, until: '2026-02-30'}", "entry 1: until has to be a day"),
        ("- {id: CVE-1, package: a, reason: b, until: 20260301}", "entry 1: until has to be a day"),
        ("- {id: [", "it is no YAML"),
        (
            "- {id: A, package: b, reason: c, until: 2026-03-01}\n- {id: A, package: b, reason: d, until: 2027-03-01}",
            "A in b is accepted twice",
        ),
    ],
)
def test_a_file_that_says_it_otherwise_is_refused_by_the_entry(text: str, says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        accepted.parse(text)

    assert refused.value.summary.startswith(f"trivy-accepted.yaml: {says}")
