"""Builds of our own service: the one of this checkout, and versions of it that are bad in one way each."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FAULTS: Final = Path(__file__).with_name("faults")
_DERIVED: Final = """\
FROM {base}
LABEL org.opencontainers.image.revision="{source}"
ENV SOURCE_COMMIT={source}
"""
_FAULTY: Final = """\
COPY faulty.py /app/faulty.py
CMD ["gunicorn", "-c", "service/gunicorn.conf.py", "faulty:create_app()"]
"""
_MIGRATED: Final = """\
COPY {migration}.py /app/migrations/versions/{migration}.py
RUN echo {migration} >/app/migrations/HEAD
"""


@dataclass(frozen=True)
class Builds:
    """Builds images with Docker and pushes them to `registry`. The first takes a minute, the others a second."""

    registry: str
    base_image: str
    repository: str = "e2e/service"

    @property
    def base(self) -> str:
        """The image of this checkout, as `begin` has pushed it."""
        return f"{self.registry}/{self.repository}:base"

    def begin(self) -> None:
        """Build this checkout, and push it: what the versions are built from."""
        docker(
            "build", "--file", "service/Dockerfile", "--build-arg", f"BASE_IMAGE={self.base_image}",
            "--tag", self.base, ".",
        )  # fmt: skip
        self._push(self.base)

    def build(self, tag: str, source: str, faults: Mapping[str, str] | None = None, migration: str = "") -> str:
        """Return the artifact of a version `tag` built from the commit `source`.

        `faults` are the settings of faults/faulty.py, `migration` is one of faults/ that it brings along.
        """
        text = _DERIVED.format(base=self.base, source=source)
        if migration:
            # As root, as the files belong to it; the number is that of the Dockerfile.
            text += "USER 0\n" + _MIGRATED.format(migration=migration) + "USER 10001:10001\n"
        if faults:
            text += _FAULTY + "".join(f"ENV {name}={value}\n" for name, value in faults.items())
        image = f"{self.registry}/{self.repository}:{tag}"
        docker("build", "--tag", image, "--file", "-", str(FAULTS), given=text)
        return self._push(image)

    def _push(self, image: str) -> str:
        docker("push", image)
        pushed = docker("inspect", "--format", "{{index .RepoDigests 0}}", image)
        return f"{image}@{pushed.strip().partition('@')[2]}"


def docker(*arguments: str, given: str | None = None) -> str:
    """Run docker, and return what it prints."""
    done = subprocess.run(
        ["docker", *arguments], cwd=ROOT, input=given, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "0")},
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(f"docker {arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
