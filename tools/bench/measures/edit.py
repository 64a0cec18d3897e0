"""The edit itself, without git: reading what an overlay pins and putting something else there."""

import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bench.generate import REPOSITORY, new_build
from bench.rounds import interleaved
from bench.rows import Row, faster
from bench.workshop import Workshop
from tagbump.kustomize import pins
from tagbump.model import Artifact

_GOAL: Final = 30.0
_IMAGE: Final = "service"
_OVERLAYS: Final = Path(__file__).resolve().parents[3] / "k8s/overlays"
_SLOWER: Final = 20  # by feel: the round trip is repeated so many times less often, or a round would take minutes

Edit = Callable[[bytes, Artifact], bytes]


def measure(shop: Workshop) -> list[Row]:
    """Measure the edit of this repository's own overlays beside ruamel.yaml's round trip, per file."""
    files = [path.read_bytes() for path in sorted(_OVERLAYS.glob("*/kustomization.yaml"))]
    times = {"ours": shop.sizes.edits, "theirs": max(1, shop.sizes.edits // _SLOWER)}
    sides = {
        "ours": lambda: _per_file(ours, files, times["ours"]),
        "theirs": lambda: _per_file(theirs, files, times["theirs"]),
    }
    took = interleaved(shop.rounds, sides, shop.tell)
    what = f"read and set the image, per file of {sum(map(len, files)) // len(files):,} bytes"
    return [faster(what, "ruamel.yaml, loaded and dumped", took["theirs"], took["ours"], at_least=_GOAL)]


def ours(text: bytes, artifact: Artifact) -> bytes:
    """What a bump does to a file: it reads the pin, and rewrites it."""
    pins.read_artifact(text, _IMAGE, "kustomization.yaml")
    return pins.rewrite(text, _IMAGE, artifact, "kustomization.yaml")


def theirs(text: bytes, artifact: Artifact) -> bytes:
    """The same by a round trip that keeps comments and quotes, as far as it can."""
    whole = _ROUND_TRIP.load(text)
    entry = next(entry for entry in whole["images"] if entry["name"] == _IMAGE)
    entry["newName"] = artifact.repository
    entry["newTag"] = DoubleQuotedScalarString(artifact.tag)
    entry["digest"] = artifact.digest
    written = io.BytesIO()
    _ROUND_TRIP.dump(whole, written)
    return written.getvalue()


def _round_trip() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


_ROUND_TRIP: Final = _round_trip()


def _per_file(edit: Edit, files: Sequence[bytes], times: int) -> float:
    """Edit each file so many times, each time to something else, and return the seconds of one edit."""
    # Each is one that nobody has seen: what was read a moment ago is not read again.
    work = [
        (text + b"# %d\n" % number, Artifact(REPOSITORY, built.tag, built.digest))
        for number, built in enumerate(map(new_build, range(times)))
        for text in files
    ]
    started = time.perf_counter()
    for text, artifact in work:
        edit(text, artifact)
    return (time.perf_counter() - started) / (times * len(files))
