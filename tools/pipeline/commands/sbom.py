"""sbom: what is in the image, as CycloneDX."""

import json

from pipeline import image, trivy
from pipeline.job import Job
from pipeline.source import source


def sbom(job: Job) -> str:
    """Write sbom.cdx.json, CycloneDX, where this build made the image. Raises ScannerFailed."""
    described = image.load(job.folder, source(job))
    if not described.built:
        job.tell(f"{described} was described before it was pushed: the build that pushed it keeps its SBOM")
        return ""
    file = job.folder / "sbom.cdx.json"
    content = trivy.look(job, file, "--format", "cyclonedx")
    # Trivy knows it by the folder that it looked into.
    content["metadata"]["component"]["name"] = str(described)
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    job.tell(f"{len(content.get('components', ()))} components are in {described}")
    return ""
