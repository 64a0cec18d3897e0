"""Builds the image by buildah, without a daemon: two builds of one commit, on one base, have one digest.

What would tell them apart is left out. The files are those of the commit, with the modes that git knows; every time
is the commit's; no layer of an earlier build is used, and no name of a builder is written into the image. Byte code is
made by the Dockerfile, by hash.
"""

import re
import tempfile
from pathlib import Path
from typing import Final

from pipeline import settings
from pipeline.errors import Misconfigured, Stopped
from pipeline.git import Git
from pipeline.image import DIGEST
from pipeline.job import Job
from pipeline.programs import run
from pipeline.source import source

BASE_IMAGE: Final = Path("jenkins/base-image")
_PINNED: Final = re.compile(rf"[^\s@]+@{DIGEST.pattern}")
_UNSET: Final = "0" * 64


def build(job: Job) -> None:
    """Build the source of the commit that is checked out into `job.archive`. Raises Stopped where it can't be built."""
    base = base_image(job)
    # Apart from the checkout, and gone afterwards: a build finds nothing of the one before.
    with tempfile.TemporaryDirectory(prefix="image-", ignore_cleanup_errors=True) as made:
        room = Path(made)
        commit = source(job)
        context = Git(job).lay_out(room, commit)
        buildah = ["buildah", "--root", f"{room}/storage", "--runroot", f"{room}/run",
                   "--storage-driver", job.env.get("STORAGE_DRIVER", "vfs")]  # fmt: skip
        try:
            _call(job, "the image can't be built", *buildah, "build", *_words(job, base, commit),
                  "--iidfile", room / "id", "--file", context / "service/Dockerfile", context)  # fmt: skip
            # Without a name: what is named in an archive is part of it, and the registry's name is not its content.
            _call(job, "the archive can't be written", *buildah, "push", "--quiet", (room / "id").read_text().strip(),
                  f"oci-archive:{job.archive}")  # fmt: skip
        finally:
            # Whoever is no root can't delete what belongs to the users of the image; buildah can.
            run(*buildah, "rmi", "--all", "--force", cwd=job.root, env=job.env)


def base_image(job: Job) -> str:
    """Return what the image is built on, pinned by digest: BASE_IMAGE, or what jenkins/base-image says."""
    file = job.root / BASE_IMAGE
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    written = " ".join(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    base = job.env.get("BASE_IMAGE", "").strip() or written
    if not _PINNED.fullmatch(base) or base.endswith(_UNSET):
        raise Misconfigured("the base image is not pinned", f"{BASE_IMAGE}, or BASE_IMAGE: {base or 'nothing'}; "
                            "it takes NAME@sha256:<64 hex digits>")  # fmt: skip
    return base


def _words(job: Job, base: str, commit: str) -> list[str]:
    made = Git(job).committed_at(commit)
    return [
        "--isolation", job.env.get("BUILDAH_ISOLATION", "chroot"), "--format", "oci", "--layers=false",
        "--identity-label=false", "--timestamp", str(int(made.timestamp())),
        "--label", f"org.opencontainers.image.created={made:%Y-%m-%dT%H:%M:%SZ}",
        "--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"SOURCE_COMMIT={commit}",
        "--build-arg", f"SOURCE_URL={settings.source_url(job.root)}",
    ]  # fmt: skip


def _call(job: Job, failed: str, *words: str | Path) -> None:
    done = run(*words, cwd=job.root, env=job.env, tell=job.tell, both=True)
    if done.status != 0:
        raise Stopped(failed, done.said)
