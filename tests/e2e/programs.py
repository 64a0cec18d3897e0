"""The programs of a cluster on this machine: killed, cut off, and brought back. Other clusters have none."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Programs:
    """Those whose process ids stand in `folder`, one file each, and the network namespace that they share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pid(self, name: str) -> int:
        """Return the program's own process id: the file may have that of what started it, a shell or su."""
        pid = (self._folder / f"{name}.pid").read_text().strip()
        while Path(f"/proc/{pid}/comm").read_text().strip() in ("bash", "sh", "su"):
            pid = _children(int(pid))[0]
        return int(pid)

    @contextmanager
    def killed(self, name: str) -> Iterator[None]:
        """Kill a program, and after the block start it again as it was: its words, environment, user, namespaces."""
        pid = self.pid(name)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        environment = dict(
            line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0") if "=" in line
        )
        owner = Path(f"/proc/{pid}").stat()
        spaces = {kind: os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in ("net", "mnt")}
        began = [pid, *map(int, _children(pid))]
        os.kill(pid, signal.SIGKILL)
        while any(_runs(one) for one in began):
            time.sleep(0.05)
        try:
            yield
        finally:
            begin = [
                "nsenter", f"--net=/proc/self/fd/{spaces['net']}", f"--mount=/proc/self/fd/{spaces['mnt']}",
                "setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", *words,
            ]  # fmt: skip
            said = self._folder / f"{name}.pid"
            with (self._folder / f"log/{name}.log").open("ab") as log:
                # It outlives this process, and says itself which one it is.
                subprocess.run(
                    ["setsid", "--fork", "sh", "-c", 'echo $$ >"$0" && exec "$@"', said, *begin],
                    env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True, cwd="/",
                    pass_fds=list(spaces.values()),
                )  # fmt: skip
            for space in spaces.values():
                os.close(space)

    @contextmanager
    def unreachable(self, port: int) -> Iterator[None]:
        """Refuse every connection to a port, and end those that are open."""
        rule = ["-p", "tcp", "--dport", str(port), "-j", "REJECT", "--reject-with", "tcp-reset"]
        self._inside("iptables", "-w", "-I", "INPUT", *rule)
        try:
            yield
        finally:
            self._inside("iptables", "-w", "-D", "INPUT", *rule)

    def _inside(self, *words: str) -> None:
        target = ["nsenter", "--target", str(self.pid("apiserver")), "--net"]
        subprocess.run([*target, *words], check=True, capture_output=True)


def programs_here() -> Programs | None:
    """Return the programs of the cluster that CLUSTER_HOME names; None where they do not run on this machine."""
    folder = Path(os.environ.get("CLUSTER_HOME", "")) / "run"
    return Programs(folder) if (folder / "apiserver.pid").is_file() else None


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _runs(pid: int) -> bool:
    """Say whether a process is there, and not only waited for by who began it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
