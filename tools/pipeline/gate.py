"""What the scanner's findings mean for the image. Pure: `today` is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pipeline.accepted import Acceptance

SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
STOPPING: Final = "CRITICAL"


@dataclass(frozen=True)
class Finding:
    """A vulnerability of a package. `fixed` is the version without it; empty where there is none yet."""

    id: str
    package: str
    installed: str
    fixed: str
    severity: str
    title: str
    url: str

    @property
    def rank(self) -> tuple[int, str, str]:
        """Sorts the worst first."""
        known = self.severity in SEVERITIES
        return (SEVERITIES.index(self.severity) if known else len(SEVERITIES), self.package, self.id)


@dataclass(frozen=True)
class Verdict:
    """What `findings` mean: those that stop the image, those that are accepted, and the others.

    Among those that stop are the ones whose acceptance is over: `over` has it. `unused` acceptances match nothing.
    """

    stopping: Sequence[Finding]
    accepted: Sequence[tuple[Finding, Acceptance]]
    others: Sequence[Finding]
    over: Mapping[Finding, Acceptance]
    unused: Sequence[Acceptance]


def findings(scanned: Mapping[str, Any]) -> Sequence[Finding]:
    """Return what a report of Trivy's (`--format json`) has found, the worst first, each once."""
    results = scanned.get("Results") or ()
    found = {_finding(one) for result in results for one in result.get("Vulnerabilities") or ()}
    return sorted(found, key=lambda finding: finding.rank)


def judge(found: Iterable[Finding], accepted: Iterable[Acceptance], today: date) -> Verdict:
    """Say which findings stop the image: the critical ones that nobody answers for today."""
    answers = {(acceptance.id, acceptance.package): acceptance for acceptance in accepted}
    stopping, let_in, others = [], [], []
    over: dict[Finding, Acceptance] = {}
    used: set[tuple[str, str]] = set()
    for finding in found:
        named = (finding.id, finding.package)
        answer = answers.get(named)
        if answer:
            used.add(named)
        if answer and answer.until >= today:
            let_in.append((finding, answer))
        elif finding.severity == STOPPING:
            stopping.append(finding)
            over |= {finding: answer} if answer else {}
        else:
            others.append(finding)
    unused = [answer for named, answer in answers.items() if named not in used]
    return Verdict(stopping, let_in, others, over, unused)


def _finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        id=str(one.get("VulnerabilityID", "")),
        package=str(one.get("PkgName", "")),
        installed=str(one.get("InstalledVersion", "")),
        fixed=str(one.get("FixedVersion", "")),
        severity=str(one.get("Severity") or "UNKNOWN").upper(),
        title=str(one.get("Title") or ""),
        url=str(one.get("PrimaryURL") or ""),
    )
