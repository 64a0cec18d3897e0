"""Trivy, which looks into the archive. All that TRIVY_* variables say holds, but for what this file says itself."""

import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

from pipeline.errors import ScannerFailed, Unreachable
from pipeline.image import read_archive
from pipeline.job import Job
from pipeline.programs import run

_ALWAYS: Final = (
    "--exit-code", "0",  # what is found is judged by the gate: another code than 0 means that the scanner failed
    "--severity", "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL",
    "--ignorefile", "/dev/null",  # what is accepted stands in trivy-accepted.yaml, with a day until which it is
    "--config", "/dev/null",  # nor does a trivy.yaml that somebody leaves in the checkout decide
)  # fmt: skip


def look(job: Job, output: Path, *words: str) -> dict[str, Any]:
    """Have Trivy write what it knows of the archive to `output`, and return it. Raises ScannerFailed.

    `words` say what it is asked for, and in which format.
    """
    output.unlink(missing_ok=True)
    # Trivy reads Docker's archives and OCI folders, and no OCI archive. Unpacked it is the same manifest.
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        with tarfile.open(job.archive) as tar:
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder)  # noqa: S202 - it is ours
        try:
            done = run("trivy", "image", "--input", folder, *_ALWAYS, *words, "--output", output,
                       cwd=job.root, env=job.env, tell=job.tell)  # fmt: skip
        except Unreachable as missing:
            raise ScannerFailed("the scanner failed", missing.summary) from None
    if done.status != 0:
        raise ScannerFailed("the scanner failed", f"trivy ended with exit code {done.status}\n{done.said}")
    try:
        return dict(json.loads(output.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ScannerFailed("the scanner failed", f"what it wrote can't be read: {error}\n{done.said}") from None


def check(job: Job, scanned: dict[str, Any]) -> None:
    """Raise ScannerFailed where the scanner looked at another image, or did not know what it looked at."""
    looked_at = scanned.get("Metadata", {})
    configuration = read_archive(job.archive).configuration
    if looked_at.get("ImageID") != configuration:
        raise ScannerFailed(
            "the scanner failed", f"it looked at {looked_at.get('ImageID')}, and the archive holds {configuration}"
        )
    if not looked_at.get("OS") or not scanned.get("Results"):
        # An image in which it recognises nothing has no findings either.
        raise ScannerFailed("the scanner failed", "it did not recognise the system that the image is built on")
