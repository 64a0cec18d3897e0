"""Counts how often a command goes to the remote: on a real network that is what it costs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path


def tracing(folder: Path) -> Mapping[str, str]:
    """The variable that has every git process write down in `folder` what it starts."""
    return {"GIT_TRACE2_EVENT": str(folder)}


def count(folder: Path) -> int:
    """How many connections to a remote were opened by those who wrote into `folder`: one for a look, one for a push."""
    return sum(str(event.get("child_class", "")).startswith("transport/") for event in _events(folder))


def _events(folder: Path) -> Iterator[dict[str, object]]:
    for path in sorted(folder.iterdir()):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            event = json.loads(line)
            if event["event"] == "child_start":
                yield event
