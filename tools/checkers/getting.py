"""Where each checker is kept, and how it gets there: under build/, by the clients of package registries."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checkers import schemas

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "build/checkers"
LOCK: Final = ROOT / "requirements/checkov.txt"

# v0.8 has nothing that we need, and takes a newer Go.
KUBECONFORM_PACKAGE: Final = "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0"

GO_MISSING: Final = "it takes Go, which is not on the PATH: install it (https://go.dev/dl/)"
PROMTOOL_MISSING: Final = (
    "it is not on the PATH, and apt-get has it not: install Prometheus, which brings it"
    " (Debian: apt-get install prometheus; macOS: brew install prometheus)"
)


class NotToBeHad(Exception):
    """Something could not be downloaded or made; `str()` of it says why, and what to do."""


@dataclass(frozen=True)
class Checker:
    """Something that checks, or is checked with."""

    name: str
    place: Path
    """Where it is once it is there. A new version or a new lock is another place."""
    takes: str
    get: Callable[[Path], None]
    """Brings it to a place. Raises NotToBeHad."""

    def is_there(self) -> bool:
        """Whether it need not be got any more."""
        return self.place.exists()


def promtool_on_the_path() -> Path | None:
    """Return the promtool of this machine, where there is one: any version since 2.40 judges our rules alike."""
    found = shutil.which("promtool")
    return Path(found) if found else None


def _kubeconform(place: Path) -> None:
    with _beside(place) as scratch:
        _run(["go", "install", KUBECONFORM_PACKAGE], GOBIN=str(scratch))
        (scratch / "kubeconform").rename(place)


def _schemas(place: Path) -> None:
    with _beside(place) as scratch:
        for module in schemas.MODULES:
            said = _run(["go", "mod", "download", "-json", f"{module.path}@{module.version}"])
            files = [Path(json.loads(said)["Dir"]) / name for name in module.files]
            for name, schema in module.read(files):
                (scratch / name).write_text(json.dumps(schema), encoding="utf-8")
        _whole(scratch, place)


def _promtool(place: Path) -> None:
    """Take it out of Debian's package, which needs no root and starts no server, as installing it would."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotToBeHad(PROMTOOL_MISSING)
    with _beside(place) as scratch:
        try:
            _run(["apt-get", "download", "prometheus"], scratch)
        except NotToBeHad as error:
            raise NotToBeHad(f"{PROMTOOL_MISSING}; it said: {error}") from error
        (package,) = scratch.glob("*.deb")
        _run(["dpkg-deb", "--extract", str(package), "."], scratch)
        (scratch / "usr/bin/promtool").rename(place)


def _checkov(place: Path) -> None:
    """Install it apart from what this repository runs on: it brings a hundred packages of its own."""
    with _beside(place) as scratch:
        _run([sys.executable, "-m", "venv", "--without-pip", str(scratch)])
        bin_folder = Path(sys.executable).parent
        into = ["--python", str(scratch / "bin/python"), "--require-hashes", "--requirement", str(LOCK)]
        _run([str(bin_folder / "uv"), "pip", "install", "--quiet", *into])
        _whole(scratch, place)


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Lend a scratch folder beside `place`: what is not whole is never taken for the thing itself."""
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=place.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _whole(scratch: Path, place: Path) -> None:
    """Put a folder that is whole into its place, unless somebody else was faster: it is the same."""
    try:
        scratch.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _run(command: list[str], folder: Path = ROOT, **more: str) -> str:
    if command[0] == "go" and shutil.which("go") is None:
        raise NotToBeHad(GO_MISSING)
    done = subprocess.run(command, cwd=folder, env={**os.environ, **more}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise NotToBeHad(f"{' '.join(command[:3])} failed: {' | '.join(said)}")
    return done.stdout


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


KUBECONFORM = Checker(
    "kubeconform", FOLDER / f"kubeconform-{_digest(KUBECONFORM_PACKAGE)}", "half a minute", _kubeconform
)
SCHEMAS = Checker("the schemas", FOLDER / f"schemas-{_digest(schemas.identity())}", "80 MB", _schemas)
PROMTOOL = Checker("promtool", promtool_on_the_path() or FOLDER / "promtool", "20 MB", _promtool)
CHECKOV = Checker("checkov", FOLDER / f"checkov-{_digest(LOCK.read_text(encoding='utf-8'))}", "60 MB", _checkov)

CHECKERS: Final = (KUBECONFORM, SCHEMAS, PROMTOOL, CHECKOV)
