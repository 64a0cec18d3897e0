"""The programs that do the work, each run where its words can be read: docker, kind, kubectl, git."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ROOM: Final = ROOT / "infra/local"
KEPT: Final = ROOT / "build/local"
_PASSWORD: Final = re.compile(r"//[^/@\s]+@")
KUBECONFIG: Final = KEPT / "kubeconfig"  # of its own: nobody's ~/.kube/config is touched, nor another cluster


class Failed(Exception):
    """Something did not work; `str()` of it says what, and what to do next."""


def run(*words: str, given: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said. Raises Failed where it failed, unless `check` is False."""
    done = subprocess.run(
        words, input=given, stdin=subprocess.DEVNULL if given is None else None, env=_environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if check and done.returncode != 0:
        raise Failed(_PASSWORD.sub("//***@", f"{' '.join(words)}\n{done.stderr.strip()}"))
    return done


def show(*words: str) -> None:
    """Run a program that takes minutes, in sight. Raises Failed where it failed."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, env=_environment(), check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}\nended with {done.returncode}; what it said is above")


def say(words: str) -> None:
    """Tell how far it is."""
    print(words, flush=True)


def _environment() -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(KUBECONFIG)}
