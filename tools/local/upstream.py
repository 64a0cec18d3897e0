"""Gets what is not in this repository, and lays out each part as it is installed: under build/local/parts/."""

import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml

from local.programs import KEPT, ROOM, Failed, say

PARTS: Final = KEPT / "parts"
SECONDS: Final = 60

Getter = Callable[[str], bytes]


def lay_out(part: str, get: Getter | None = None) -> Path:
    """Return a folder that kubectl can render: the room's own files of `part`, and what upstream.yaml has for it.

    A file that is there already, and is the right one, is not got again. Raises Failed where one cannot be had, or is
    not what upstream.yaml says.
    """
    folder = PARTS / part
    shutil.copytree(ROOM / part, folder, dirs_exist_ok=True)
    wanted = yaml.safe_load((ROOM / "upstream.yaml").read_text()).get(part, {"files": {}})
    for name, digest in wanted["files"].items():
        file = folder / name
        if not file.exists() or _sum(file.read_bytes()) != digest:
            say(f"up: getting {name} of {part}")
            content = (get or _download)(wanted["from"] + name)
            if _sum(content) != digest:
                raise Failed(
                    f"{wanted['from']}{name} is not what infra/local/upstream.yaml says: its SHA-256 is"
                    f" {_sum(content)}; find out why before you change the one that is written there"
                )
            file.write_bytes(content)
    return folder


def parts() -> list[str]:
    """Return what upstream.yaml names, in its order."""
    return list(yaml.safe_load((ROOM / "upstream.yaml").read_text()))


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - upstream.yaml has https alone
            content: bytes = answer.read()
            return content
    except (urllib.error.URLError, TimeoutError) as error:
        raise Failed(
            f"{url} cannot be had: {error}; see that this machine reaches it, and type the same again"
        ) from error
