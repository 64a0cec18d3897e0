"""The build that a verb is a part of: where its checkout is, and what Jenkins says of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pipeline.errors import Misconfigured
from pipeline.image import Image


@dataclass(frozen=True)
class Job:
    """A build in the checkout `root`. `env` is the job's environment, `tell` is handed each line of progress."""

    root: Path
    env: Mapping[str, str]
    tell: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep

    @property
    def folder(self) -> Path:
        """Where all files go that a stage hands to the next, or to a person."""
        return self.root / "build/pipeline"

    @property
    def archive(self) -> Path:
        return self.folder / "image.tar"

    @property
    def name(self) -> str:
        """The build as people name it: `service main #12`; empty where no Jenkins runs it."""
        job = " ".join(unquote(part) for part in self.env.get("JOB_NAME", "").split("/") if part)
        number = self.env.get("BUILD_NUMBER", "")
        return " ".join(filter(None, [job, f"#{number}" if number else ""]))

    @property
    def url(self) -> str:
        """The page of this build; empty where there is none."""
        url = self.env.get("BUILD_URL", "")
        return url if url.startswith(("https://", "http://")) else ""

    def artifact(self) -> Image:
        """Return the artifact that this build built. Raises Misconfigured."""
        return Image.parse(self._variable("ARTIFACT"))

    def approver(self, environment: str) -> str:
        """Return who let this build into `environment`. Raises Misconfigured."""
        return self._variable(f"{environment.upper().replace('-', '_')}_APPROVER")

    def _variable(self, name: str) -> str:
        value = self.env.get(name, "").strip()
        if not value:
            raise Misconfigured(f"{name} is not set", "the Jenkinsfile sets it in an earlier stage")
        return value
