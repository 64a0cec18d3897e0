"""scan: what Trivy finds in the archive, judged, and as a page."""

from datetime import UTC, datetime

from pipeline import accepted, gate, image, report, trivy
from pipeline.errors import Found
from pipeline.job import Job
from pipeline.source import source


def scan(job: Job) -> str:
    """Write report.html. Raises Found where a finding stops the image, ScannerFailed where nobody knows."""
    scanned_image = image.load(job.folder, source(job))
    if not scanned_image.built:
        job.tell(f"{scanned_image} was scanned before it was pushed")
        return ""
    page = job.folder / "report.html"
    page.unlink(missing_ok=True)  # of an earlier scan, which this one may not get as far as
    image.check_archive(job.archive, scanned_image)
    answers = accepted.read(job.root)
    scanned = trivy.look(job, job.folder / "trivy.json", "--scanners", "vuln", "--format", "json")
    trivy.check(job, scanned)
    verdict = gate.judge(gate.findings(scanned), answers, datetime.now(UTC).date())
    page.write_text(report.render(job, scanned_image, scanned, verdict), encoding="utf-8")
    for unused in verdict.unused:
        job.tell(f"warning: {accepted.FILE} accepts {unused.id} in {unused.package}, which is not found any more")
    for finding, answer in verdict.accepted:
        job.tell(f"{finding.id} in {finding.package} is accepted until {answer.until}: {answer.reason}")
    if verdict.stopping:
        raise Found(report.headline(verdict), "\n".join(map(_words, verdict.stopping)), report=page.name)
    job.tell(report.headline(verdict))
    return ""


def _words(finding: gate.Finding) -> str:
    way = f"fixed in {finding.fixed}" if finding.fixed else "not fixed yet"
    return f"{finding.id}: {finding.package} {finding.installed}, {way}: {finding.title}"
