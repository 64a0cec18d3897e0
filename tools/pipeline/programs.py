"""The programs that do the work, each run where its words can be read."""

import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import Unreachable

_PASSWORD: Final = re.compile(r"//[^/@\s]+@")
_KEPT_LINES: Final = 40  # of what a program says: as much as fits into a mail


@dataclass(frozen=True)
class Done:
    """How a program ended. `said` is the end of what it said on standard error, passwords masked."""

    status: int
    stdout: bytes
    said: str

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace").strip()


def run(
    *words: str | Path, cwd: Path, env: Mapping[str, str], tell: Callable[[str], None] | None = None, both: bool = False
) -> Done:
    """Run a program to its end; `tell` is handed each line that it says on standard error, as it says it.

    With `both`, what it says on standard output is taken for no result, but for more of the same. Raises Unreachable
    where the program is not on this machine.
    """
    try:
        process = subprocess.Popen(
            [str(word) for word in words], cwd=cwd, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if both else subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError:
        raise Unreachable(f"{words[0]} is not on this machine", "it has to be on the PATH of the agent") from None
    kept: deque[str] = deque(maxlen=_KEPT_LINES)

    def listen() -> None:
        for raw in (process.stdout if both else process.stderr) or ():
            line = masked(raw.decode(errors="replace").rstrip())
            kept.append(line)
            if tell:
                tell(line)

    listener = threading.Thread(target=listen)
    listener.start()
    with process:
        stdout = process.stdout.read() if process.stdout and not both else b""
        listener.join()
    return Done(process.returncode, stdout, "\n".join(kept))


def masked(words: str) -> str:
    """Return `words` without the passwords that stand in addresses."""
    return _PASSWORD.sub("//***@", words)
