"""Prints the project that a build is analysed as: python -m sonar.key.

The Community Edition knows no branches: main is `service`, and every other branch or pull request another project.
"""

import hashlib
import os
import re
import sys
from collections.abc import Mapping
from typing import Final

PROJECT: Final = "service"
MAIN: Final = "main"
_LONGEST: Final = 80  # by feel: SonarQube takes 400, people read less
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]")


def key(environment: Mapping[str, str]) -> str:
    """Return the key: `service-PR-12` for a pull request, `service-local` where no Jenkins names a branch."""
    branch = environment.get("BRANCH_NAME", "") or "local"  # a run by hand is not to stand in main's history
    if branch == MAIN:
        return PROJECT
    plain = _STRANGE.sub("-", branch)[:_LONGEST]
    if plain == branch:
        return f"{PROJECT}-{branch}"
    # Two branches that read alike here are still two.
    return f"{PROJECT}-{plain}-{hashlib.sha256(branch.encode()).hexdigest()[:8]}"


if __name__ == "__main__":
    sys.stdout.write(f"{key(os.environ)}\n")
