"""The programs that are measured: ours, and those of the peers that are on this machine."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.errors import BenchFailed
from bench.running import run_program

# The one that .ci/run builds.
_KUSTOMIZE: Final = "sigs.k8s.io/kustomize/kustomize/v5@v5.5.0"


@dataclass(frozen=True)
class Program:
    """A peer's program: where it is, or `why` it is left out."""

    path: str = ""
    why: str = ""

    @property
    def is_there(self) -> bool:
        return bool(self.path)


def tagbump() -> str:
    """The path of the command as it is installed beside this Python. Raises BenchFailed."""
    path = Path(sys.executable).with_name("tagbump")
    if not path.exists():
        raise BenchFailed(f"{path} is not there: make setup")
    return str(path)


def git(env: Mapping[str, str]) -> str:
    """The path of the git that is measured with. Raises BenchFailed."""
    path = shutil.which("git", path=env["PATH"])
    if path is None:
        raise BenchFailed("git is missing: install it (Debian: apt-get install git)")
    return path


def kustomize(folder: Path, env: Mapping[str, str], *, build: bool) -> Program:
    """The kustomize on the PATH, or the one in `folder`, or, to `build`, one that Go puts there."""
    built = folder / "kustomize"
    if found := shutil.which("kustomize", path=env["PATH"]) or shutil.which(str(built)):
        return Program(found)
    if not build:
        return Program(why="no kustomize here")
    if not (go := shutil.which("go", path=env["PATH"])):
        return Program(why="no kustomize here, and no go to build it with (kubectl has no `edit`)")
    try:
        run_program(go, "install", _KUSTOMIZE, env={**env, "GOBIN": str(folder.resolve())})
    except BenchFailed as error:
        return Program(why=f"no kustomize here, and it could not be built: {str(error).splitlines()[-1][:200]}")
    return Program(str(built))


def gitopscli(named: str | None, env: Mapping[str, str]) -> Program:
    """The gitopscli that was `named`, or the one on the PATH."""
    if named is not None:
        path = shutil.which(named)
        return Program(str(Path(path).absolute())) if path else Program(why=f"{named} is no program")
    found = shutil.which("gitopscli", path=env["PATH"])
    return Program(found) if found else Program(why="no gitopscli here; `--gitopscli PROGRAM` names one")
