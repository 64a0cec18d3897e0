"""The tests' own PostgreSQL ends with the test run that started it, however that ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

REPOSITORY = Path(__file__).parents[1]
# It tells which process has started a server, and where that is, and goes on for long.
TEST = """
import os, pathlib, time

def test_that_goes_on(postgres_url):
    said = pathlib.Path(__file__).with_name("said")
    said.with_suffix(".new").write_text(f"{os.getpid()} {postgres_url}")
    said.with_suffix(".new").rename(said)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a program with the process that started it")
@pytest.mark.parametrize("workers", ["0", "1"], ids=["pytest alone", "a worker of pytest's"])
def test_no_server_outlives_a_test_run_that_is_killed(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_it.py").write_text(TEST)
    said = tmp_path / "said"
    # Not in tmp_path: run by root the server is another user, whom pytest's folder keeps out.
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as temporary:
        Path(temporary).chmod(0o755)
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "tests.conftest", "--rootdir", tmp_path, "-n", workers, tmp_path],
            env=environment(temporary), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as run:  # fmt: skip
            try:
                eventually(said.exists)
                starter, url = said.read_text().split()
                server = postmaster(url)

                os.kill(int(starter), signal.SIGKILL)

                eventually(lambda: not runs(server))
            finally:
                run.kill()


def environment(temporary: str) -> dict[str, str]:
    """The environment of a test run that starts a server of its own, in the folder `temporary`."""
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tools")])
    kept = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    return {**kept, "PYTHONPATH": path, "TMPDIR": temporary}


def postmaster(url: str) -> int:
    """The process id of the server at `url`."""
    with psycopg.connect(url) as connection:
        directory = connection.execute("SHOW data_directory").fetchall()[0][0]
    return int(Path(directory, "postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    """Say whether there is such a process; one that has ended and that nobody has asked about is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
