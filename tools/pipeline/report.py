"""What the scan found, as a page: for the mail, and kept with the build."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline import pages
from pipeline.accepted import FILE
from pipeline.gate import SEVERITIES, STOPPING, Finding, Verdict
from pipeline.image import Image
from pipeline.job import Job

_TONES: Final = {"CRITICAL": "alarm", "HIGH": "warn"}
_LISTED: Final = ("CRITICAL", "HIGH")
"""Of those that stop nothing, these are listed and the others are counted: a base image has hundreds."""
_COLUMNS: Final = ("Severity", "Finding", "Package", "Installed", "Fixed in", "What it is")


def headline(verdict: Verdict) -> str:
    """Return in one line what the verdict means."""
    if not verdict.stopping:
        return "no finding stops the image"
    if len(verdict.stopping) > 1:
        return f"{len(verdict.stopping)} critical findings stop the image"
    return "a critical finding stops the image"


def render(job: Job, image: Image, scanned: Mapping[str, Any], verdict: Verdict) -> str:
    """Return the page."""
    system = scanned["Metadata"]["OS"]
    facts: list[tuple[str, pages.Words]] = [
        ("Image", pages.code(image.repository)),
        ("Commit", pages.code(image.tag)),
        ("Digest", pages.code(image.digest)),
        ("Built on", f"{system.get('Family', '')} {system.get('Name', '')}"),
        ("No more updates", pages.mark("this system gets none", "warn") if system.get("EOSL") else ""),
        ("Scanned", f"{scanned.get('CreatedAt', '')[:16].replace('T', ' ')} UTC"),
        ("By", f"Trivy {scanned.get('Trivy', {}).get('Version', '')}"),
    ]
    accepted = [(*_row(one), pages.mark(f"{answer.until}", "plain"), answer.reason) for one, answer in verdict.accepted]
    listed = [finding for finding in verdict.others if finding.severity in _LISTED]
    return pages.page(
        job, headline(verdict).capitalize(), "alarm" if verdict.stopping else "good",
        pages.facts(facts),
        _way_out(verdict),
        pages.table("Stops the image", (*_COLUMNS, "Accepted"), (_stopping(verdict, one) for one in verdict.stopping)),
        pages.table("Accepted", (*_COLUMNS, "Until", "Because"), accepted),
        pages.table("Found besides", _COLUMNS, map(_row, listed)),
        _counted([finding for finding in verdict.others if finding.severity not in _LISTED]),
        pages.table("Accepted, and not found", ("Finding", "Package", "Until", "Because"),
                    ((one.id, one.package, f"{one.until}", one.reason) for one in verdict.unused)),
    )  # fmt: skip


def _way_out(verdict: Verdict) -> str:
    if not verdict.stopping:
        return ""
    return (
        f"<p>Take a version without it, of the package or of the base image; or answer for it, with a day, in {FILE}."
        f" Nothing has been pushed. Findings stop an image when they are {STOPPING}.</p>"
    )


def _stopping(verdict: Verdict, finding: Finding) -> Sequence[pages.Words]:
    over = verdict.over.get(finding)
    return (*_row(finding), pages.mark(f"until {over.until}, which is over", "warn") if over else "")


def _row(finding: Finding) -> Sequence[pages.Words]:
    return (
        pages.mark(finding.severity, _TONES.get(finding.severity, "plain")),
        pages.link(finding.id, finding.url),
        pages.code(finding.package),
        pages.code(finding.installed),
        pages.code(finding.fixed) if finding.fixed else "not yet",
        finding.title,
    )


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    known = [f"{counts[severity]} {severity}" for severity in (*SEVERITIES, *sorted(counts.keys() - {*SEVERITIES}))
             if counts[severity]]  # fmt: skip
    return f"<p>Found besides, and not listed: {pages.say(', '.join(known))}.</p>" if known else ""
