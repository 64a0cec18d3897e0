"""`make demo`, run as a reader runs it: a process in a clone, and what it shows and leaves."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
REFUSED = "  [exit code 3]"


@dataclass(frozen=True)
class Clone:
    """A clone of this repository's files as they are, and the only folder for temporary files that its demo has."""

    root: Path
    temporary: Path

    def start(self, **more: str) -> "subprocess.Popen[str]":
        """Start the demo as `make demo` does, a process group of its own."""
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(self.root / "tools"),
        }
        return subprocess.Popen(
            [".venv/bin/python", "-m", "demo"],
            cwd=self.root, env={**env, **more}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout

    def processes(self) -> list[str]:
        """Return the command lines of what runs in the clone or its temporary folder, or speaks of them."""
        places = (f"{self.root}/", f"{self.temporary}/")
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                cwd = (process / "cwd").readlink()
            except OSError:
                continue  # it has ended
            if any(place in line or f"{cwd}/".startswith(place) for place in places):
                found.append(line)
        return found

    def left(self, within_s: float = 0.0) -> list[str]:
        """Return what of a demo that ended is there after `within_s`: processes, and temporary files."""
        deadline = time.monotonic() + within_s
        while (running := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return running + [str(path) for path in self.temporary.iterdir()]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    root = tmp_path / "clone"
    root.mkdir()
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listing.split("\0")):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    # PostgreSQL's socket has a short path, and under root it runs as nobody, whom pytest's folder keeps out.
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as temporary:
        Path(temporary).chmod(0o755)
        clone = Clone(root, Path(temporary))
        clone.git("init", "--quiet")
        clone.git("add", "--all")
        (root / ".venv").symlink_to(sys.prefix)
        yield clone


@pytest.mark.timeout(180)
def test_the_demo_tells_the_life_of_two_releases_and_leaves_nothing_running(clone: Clone) -> None:
    demo = clone.start()

    told, _ = demo.communicate()

    assert demo.returncode == 0, told
    assert refusals(told) == ["approval", "unproven", "soak", "four-eyes", "rolled-back"]
    assert followed(told) == [
        "302 https://example.com/search?q=kustomize&page=2",
        "302 https://example.com/search",
        "302 https://example.com/search?q=kustomize&page=2",
    ]
    assert "\033" not in told  # no terminal, no colours
    assert (clone.root / "build/demo/transcript.txt").read_text() == told
    log = clone.git("-C", "build/demo/gitops.git", "log", "--reverse", "--format=%s", "main").splitlines()
    assert log[3:] == [
        "chore(dev): release 1.0.0",
        "chore(stage): release 1.0.0",
        "chore(prod): release 1.0.0",
        "feat(links): drop campaign parameters from targets (#2)",
        "chore(dev): release 1.1.0",
        "chore(stage): release 1.1.0",
        "chore(prod): release 1.1.0",
        "chore(prod): release 1.0.0",
    ]
    assert "links lose their query" in (clone.root / "build/demo/board.html").read_text()
    assert clone.git("ls-files", "--others", "--exclude-standard").split() == [".venv"]  # it writes to build/ alone
    assert clone.left() == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("number", "chapter", "status"),
    [
        pytest.param(signal.SIGTERM, "1. A database", 143, id="terminated_during_set_up"),
        pytest.param(signal.SIGINT, "waiting until dev runs", 130, id="interrupted_mid_way"),
        pytest.param(signal.SIGKILL, "waiting until dev runs", -9, id="killed_mid_way"),
    ],
)
def test_a_demo_that_is_cut_short_leaves_nothing_running(
    clone: Clone, number: signal.Signals, chapter: str, status: int
) -> None:
    demo = clone.start()
    assert demo.stdout is not None
    next(line for line in demo.stdout if chapter in line)

    os.killpg(demo.pid, number)

    demo.communicate()
    assert demo.returncode == status
    if number == signal.SIGKILL:  # it had no time for anything: its programs end with it, its files stay
        assert [each for each in clone.left(within_s=15) if not each.startswith("/")] == []
    else:
        assert clone.left() == []


def test_the_demo_says_what_is_missing_and_starts_nothing(clone: Clone) -> None:
    demo = clone.start(PATH=str(clone.root))

    told, _ = demo.communicate()

    assert demo.returncode == 1
    assert "git is missing: install it" in told
    assert "neither kubectl nor kustomize is here" in told
    assert not (clone.root / "build").exists()


def refusals(told: str) -> list[str]:
    """Return the rules that refused, each checked to have ended with 3."""
    blocks = [block for block in told.split("\n$ ") if REFUSED in block]
    return [line.split(":")[1].strip() for block in blocks for line in block.splitlines() if "  tagbump: " in line]


def followed(told: str) -> list[str]:
    return [line.strip() for line in told.splitlines() if line.startswith("  302 ")]
