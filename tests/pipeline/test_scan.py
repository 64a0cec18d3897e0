"""The scan, by the real Trivy: what it finds stops the pipeline, and so does a Trivy that fails, with other words."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipeline import gate, report
from pipeline.accepted import Acceptance
from pipeline.commands.archive import archive
from pipeline.commands.mail import mail
from pipeline.commands.push import push
from pipeline.commands.sbom import sbom
from pipeline.commands.scan import scan
from pipeline.errors import Found, Misconfigured, ScannerFailed
from pipeline.image import Image, load, read_archive
from pipeline.job import Job
from pipeline.outcome import write
from tests.pipeline.checkouts import REPOSITORY, Told, run
from tests.pipeline.registries import Registry, small_base
from tests.tagbump.world import World

Begin = Callable[..., Job]
CVE = "CVE-2099-0001"
TODAY = datetime.now(UTC).date()


class Read(HTMLParser):
    """What a browser would take from a page: its words, its elements, and where it leads."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[str] = []
        self.links: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def built(building: Begin, trivy: dict[str, str]) -> Job:
    """A build whose image is in its archive."""
    job = building(**trivy, JOB_NAME="service/main", BUILD_NUMBER="12")
    archive(job)
    return job


def accept(job: Job, *entries: dict[str, str]) -> None:
    (job.root / "trivy-accepted.yaml").write_text(json.dumps(entries))


def answer(until: date, **more: str) -> dict[str, str]:
    return {"id": CVE, "package": "zlib1g", "reason": "nothing is inflated", "until": f"{until}", **more}


def page(job: Job) -> Read:
    return Read((job.folder / "report.html").read_text())


def test_a_critical_finding_stops_the_pipeline_and_the_report_names_it(built: Job) -> None:
    with pytest.raises(Found, match="a critical finding stops the image") as found:
        scan(built)

    assert found.value.exit_code == 10
    assert f"{CVE} zlib1g 1:1.2.13.dfsg-1 9:9.9.9 made up: zlib" in page(built).text
    assert read_archive(built.archive).digest in page(built).text


def test_the_report_is_what_is_mailed(built: Job) -> None:
    with pytest.raises(Found) as found:
        scan(built)
    write(built, "scan", found.value)

    subject = mail(built)

    assert subject == "service main #12: a critical finding stops the image"
    assert (built.folder / "mail.html").read_bytes() == (built.folder / "report.html").read_bytes()


def test_a_finding_that_somebody_answers_for_lets_it_pass(built: Job, told: Told) -> None:
    accept(built, answer(TODAY))

    scan(built)

    assert f"{CVE} in zlib1g is accepted until {TODAY}: nothing is inflated" in told.lines
    assert f"{TODAY} nothing is inflated" in page(built).text


def test_an_answer_that_is_over_stops_it_again(built: Job) -> None:
    over = TODAY - timedelta(days=1)
    accept(built, answer(over))

    with pytest.raises(Found):
        scan(built)

    assert f"until {over}" in page(built).text


def test_an_answer_to_nothing_is_warned_of(built: Job, told: Told) -> None:
    accept(built, answer(TODAY), answer(TODAY, id="CVE-1999-0001"))

    scan(built)

    assert "warning: trivy-accepted.yaml accepts CVE-1999-0001 in zlib1g, which is not found any more" in told.lines


def test_a_file_of_answers_that_is_wrong_stops_it_before_anything_is_scanned(built: Job) -> None:
    accept(built, {"id": CVE})

    with pytest.raises(Misconfigured):
        scan(built)

    assert not (built.folder / "trivy.json").exists()


def test_a_scanner_that_fails_stops_it_with_other_words(built: Job, tmp_path: Path) -> None:
    broken = Job(built.root, {**built.env, "TRIVY_CACHE_DIR": str(tmp_path / "empty")}, built.tell)

    with pytest.raises(ScannerFailed, match="the scanner failed") as failed:
        scan(broken)

    assert failed.value.exit_code == 11
    assert "trivy ended with exit code 1" in failed.value.detail
    assert not (built.folder / "report.html").exists()


@pytest.mark.parametrize(
    ("writes", "says"),
    [("{", "what it wrote can't be read"), ('{"Metadata": {"ImageID": "sha256:0"}}', "it looked at sha256:0, and the")],
)
def test_a_scanner_that_says_something_else_has_failed(built: Job, tmp_path: Path, writes: str, says: str) -> None:
    program = tmp_path / "bin/trivy"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nwhile [ $1 != --output ]; do shift; done\necho '{writes}' > \"$2\"\n")
    program.chmod(0o755)
    path = f"{program.parent}:{built.env['PATH']}"

    with pytest.raises(ScannerFailed, match="the scanner failed") as failed:
        scan(Job(built.root, {**built.env, "PATH": path}, built.tell))

    assert says in failed.value.detail


def test_a_scanner_that_is_not_there_has_failed(built: Job, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to("/usr/bin/git")
    without = Job(built.root, {**built.env, "PATH": str(tmp_path / "bin")}, built.tell)

    with pytest.raises(ScannerFailed) as failed:
        scan(without)

    assert failed.value.detail == "trivy is not on this machine"


def test_a_scanner_that_recognises_nothing_has_failed(
    building: Begin, trivy: dict[str, str], registry: Registry, tmp_path: Path
) -> None:
    unknown = {"etc/os-release": "", "etc/debian_version": "", "var/lib/dpkg/status": ""}
    base = registry.copy(small_base(tmp_path / "base", **unknown), "unknown-base:1")
    job = building(**trivy, BASE_IMAGE=base)
    archive(job)

    with pytest.raises(ScannerFailed) as failed:
        scan(job)

    assert failed.value.detail == "it did not recognise the system that the image is built on"


@pytest.mark.parametrize(
    ("file", "content"),
    [(".trivyignore", f"{CVE}\n"), ("trivy.yaml", "severity: [LOW]\nscan: {scanners: [secret]}\n")],
)
def test_a_file_in_the_checkout_hides_nothing_from_the_gate(built: Job, file: str, content: str) -> None:
    (built.root / file).write_text(content)

    with pytest.raises(Found):
        scan(built)


def test_variables_of_trivys_hide_nothing_from_the_gate(built: Job) -> None:
    narrow = Job(built.root, {**built.env, "TRIVY_SEVERITY": "LOW", "TRIVY_EXIT_CODE": "0"}, built.tell)

    with pytest.raises(Found):
        scan(narrow)


def test_what_the_registry_has_was_scanned_before(building: Begin, trivy: dict[str, str], told: Told) -> None:
    first, second = building(), building(**trivy)
    archive(first)
    push(first)
    archive(second)

    scan(second)
    sbom(second)

    assert "was scanned before it was pushed" in told.lines[-2]
    assert not (second.folder / "report.html").exists()


def test_the_sbom_lists_what_is_in_the_image_and_names_it(built: Job, world: World) -> None:
    sbom(built)

    content = json.loads((built.folder / "sbom.cdx.json").read_text())
    assert content["bomFormat"] == "CycloneDX"
    assert content["metadata"]["component"]["name"] == str(load(built.folder, world.head()))
    assert "zlib1g" in [component["name"] for component in content["components"]]


def test_scan_as_make_runs_it_ends_with_the_exit_code_of_a_finding_and_leaves_its_outcome(built: Job) -> None:
    done = run(built.root, built.env, "scan")

    assert (done.returncode, done.stdout) == (10, "")
    outcome = json.loads((built.folder / "outcome.json").read_text())
    assert (outcome["verb"], outcome["summary"], outcome["report"]) == (
        "scan", "a critical finding stops the image", "report.html",
    )  # fmt: skip


def scanned(**finding: Any) -> dict[str, Any]:
    critical = {"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": "CRITICAL", **finding}
    return {
        "CreatedAt": "2026-03-01T12:00:00Z",
        "Metadata": {"OS": {"Family": "debian", "Name": "12.15", "EOSL": True}},
        "Results": [{"Vulnerabilities": [critical]}],
    }


def render(job: Job, document: dict[str, Any], *answers: Acceptance) -> Read:
    image = Image(REPOSITORY, "c" * 40, f"sha256:{'ab' * 32}", built=True)
    verdict = gate.judge(gate.findings(document), answers, TODAY)
    return Read(report.render(job, image, document, verdict))


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>&quot;\"'"


@pytest.mark.parametrize(
    "field", ["VulnerabilityID", "PkgName", "InstalledVersion", "FixedVersion", "Title", "Severity"]
)
def test_hostile_words_in_a_finding_are_words_on_the_page(tmp_path: Path, field: str) -> None:
    page = render(Job(tmp_path, {}, Told()), scanned(**{field: HOSTILE}))

    assert "script" not in page.elements
    assert "img" not in page.elements
    assert HOSTILE in page.text or HOSTILE.upper() in page.text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", 'https://x/" onclick="alert(1)'])
def test_a_finding_leads_to_addresses_of_the_web_alone(tmp_path: Path, address: str) -> None:
    page = render(Job(tmp_path, {}, Told()), scanned(PrimaryURL=address))

    assert page.links == ([address] if address.startswith("https://") else [])


def test_the_page_takes_nothing_from_outside(tmp_path: Path) -> None:
    page = render(Job(tmp_path, {"BUILD_URL": "https://ci.example.com/12/"}, Told()), scanned())

    assert set(page.elements).isdisjoint({"script", "img", "link", "iframe", "form", "object"})
    assert page.links == ["https://ci.example.com/12/"]


def test_the_page_says_when_the_system_gets_no_more_updates(tmp_path: Path) -> None:
    assert "this system gets none" in render(Job(tmp_path, {}, Told()), scanned()).text


def test_what_stops_nothing_is_counted_by_its_severity(tmp_path: Path) -> None:
    document = scanned(Severity="MEDIUM")

    page = render(Job(tmp_path, {}, Told()), document)

    assert "Found besides, and not listed: 1 MEDIUM" in page.text
    assert "CVE-1" not in page.text
