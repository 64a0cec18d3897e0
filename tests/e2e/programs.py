"""The programs of a cluster on this machine: stopped, killed, cut off, and brought back. Other clusters have none."""

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
        return int((self._folder / f"{name}.pid").read_text())

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Have a program stand still: who asks it waits."""
        os.kill(self.pid(name), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid(name), signal.SIGCONT)

    @contextmanager
    def unreachable(self, port: int) -> Iterator[None]:
        """Refuse every connection to a port, and end those that are open."""
        rule = ["-p", "tcp", "--dport", str(port), "-j", "REJECT", "--reject-with", "tcp-reset"]
        self._inside("iptables", "-w", "-I", "INPUT", *rule)
        try:
            yield
        finally:
            self._inside("iptables", "-w", "-D", "INPUT", *rule)

    def restart(self, name: str) -> None:
        """Kill a program, and start it again as it was started: with its words, environment and namespaces."""
        pid = self.pid(name)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        environment = dict(
            line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0") if "=" in line
        )
        with (self._folder / f"log/{name}.log").open("ab") as log:
            # It joins the namespaces while the old one still holds them, and begins when that has ended.
            wait = f'while kill -0 {pid} 2>/dev/null; do sleep 0.1; done; exec "$@"'
            begun = subprocess.Popen(
                ["nsenter", "--target", str(pid), "--net", "--mount", "sh", "-c", wait, "sh", *words],
                env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        (self._folder / f"{name}.pid").write_text(f"{begun.pid}\n")

    def _inside(self, *words: str) -> None:
        target = ["nsenter", "--target", str(self.pid("apiserver")), "--net"]
        subprocess.run([*target, *words], check=True, capture_output=True)
