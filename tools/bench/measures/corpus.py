"""What an edit leaves of kustomizations as ugly as people write them, beside `kustomize edit set image`."""

import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.judging import Verdict, judge
from bench.rows import Row, left_out, share
from bench.workshop import Workshop
from tagbump.errors import ConfigurationError
from tagbump.kustomize import pins
from tests.tagbump import ugly
from tests.tagbump.ugly import Ugly

_PEER: Final = "`kustomize edit set image`"
_WORDS: Final[Mapping[Verdict, str]] = {
    "kept": "the image set and all else as it was",
    "refused": "refused, and nothing written",
    "changed": "the image set and more changed",
    "wrong": "not what was asked for, and not refused",
}


def measure(shop: Workshop) -> list[Row]:
    """Have both edit the same files, and count what became of them."""
    files = [ugly.make(seed) for seed in range(shop.sizes.ugly)]
    shop.tell(f"{len(files):,} files by tagbump")
    ours = Counter(_ours(file) for file in files)
    theirs: Counter[Verdict] = Counter()
    if shop.kustomize.is_there:
        shop.tell(f"{len(files):,} files by kustomize")
        folder = shop.folder("corpus")
        theirs = Counter(_theirs(shop, folder, file) for file in files)
    peer, of, what = _PEER if theirs else "", len(files), f"{len(files):,} ugly files"

    def row(words: str, *verdicts: Verdict, all_of_them: bool = False) -> Row:
        mine, others = (sum(counts[verdict] for verdict in verdicts) for counts in (ours, theirs))
        return share(f"{what}: {words}", [mine], of, peer=peer, theirs=[others] * bool(theirs), all_of_them=all_of_them)

    rows = [
        row("as they were but for the image, or refused", "kept", "refused", all_of_them=True),
        *(row(words, verdict) for verdict, words in _WORDS.items()),
    ]
    return rows if theirs else [*rows, left_out(what, _PEER, shop.kustomize.why)]


def _ours(file: Ugly) -> Verdict:
    try:
        after, refused = pins.rewrite(file.before, ugly.NAME, ugly.NEW, "kustomization.yaml"), False
    except ConfigurationError:
        after, refused = file.before, True
    return judge(file.before, after, ugly.NAME, ugly.OLD, ugly.NEW, refused=refused)


def _theirs(shop: Workshop, folder: Path, file: Ugly) -> Verdict:
    path = folder / "kustomization.yaml"
    path.write_bytes(file.before)
    command = [shop.kustomize.path, "edit", "set", "image", f"{ugly.NAME}={ugly.NEW}"]
    done = subprocess.run(command, cwd=folder, env=shop.env, capture_output=True, timeout=60, check=False)
    return judge(file.before, path.read_bytes(), ugly.NAME, ugly.OLD, ugly.NEW, refused=done.returncode != 0)
