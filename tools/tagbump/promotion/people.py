"""Who is who: the names that one person goes by in Jenkins, in git and in an e-mail address. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from tagbump.model import Commit

# Blank letters that are no white space, joiners and variation selectors: two names that differ in them look the same.
_UNSEEN: Final = frozenset(chr(c) for c in (0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)))
_WORD: Final = re.compile(r"[^\s<>()\"',;]+")
_AT_ONCE: Final = 200  # letters. Normalising sorts the marks on a letter: in time for so many, never for a million


def is_one_of(who: Iterable[str], allowed: Iterable[str], people: Mapping[str, tuple[str, ...]]) -> bool:
    """Say whether one of the names `who` is on the list `allowed`, as it stands there or as `people` joins it.

    Narrow, as it lets in: the local part of an address is not enough, or jdoe@elsewhere.example would be jdoe.
    """
    names = {name for text in who for name in spellings(text)}
    return any(names & _joined(spellings(text), people) for text in allowed)


def authored(who: str, commits: Iterable[Commit], people: Mapping[str, tuple[str, ...]]) -> Commit | None:
    """Return the first of `commits` that `who` wrote, committed or co-authored; None where there is none.

    Wide, as it keeps out: a user name, an e-mail or the local part of one is enough, case aside.
    """
    approver = _with_local_parts(_joined(_with_local_parts(spellings(who)), people))
    for commit in commits:
        written = [commit.author, commit.author_email, commit.committer, commit.committer_email, *commit.co_authors]
        names = {name for text in written for name in spellings(text)}
        if approver & _with_local_parts(_joined(_with_local_parts(names), people)):
            return commit
    return None


def spellings(text: str) -> set[str]:
    """Return the names and addresses in `text`, folded so that case and what can't be seen do not count."""
    # By no pattern that starts anew at each letter: a name is as long as whoever wrote the commit likes.
    name, opened, rest = text.strip().rpartition("<")
    address, closed, after = rest.partition(">")
    parts = [name, address] if opened and closed and not after else [text]
    parts += [word for word in _WORD.findall(text) if "@" in word[1:-1]]
    return {folded for part in parts if (folded := _folded(part))}


def _folded(name: str) -> str:
    """Return `name` as it looks: without marks and letters that cannot be seen, and without quotes around it."""
    seen = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in _UNSEEN)
    pieces = (seen[start : start + _AT_ONCE] for start in range(0, len(seen), _AT_ONCE))
    normal = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)
    return " ".join(normal.casefold().split()).strip("\"'<>()@.,; ")


def _with_local_parts(names: set[str]) -> set[str]:
    # GitHub's private addresses are 12345+jdoe@users.noreply.github.com: the user name stands behind the plus.
    local = {name.rpartition("@")[0] for name in names if "@" in name}
    local |= {part.partition("+")[0] for part in local if "+" in part and not part[0].isdigit()}
    return names | local | {part.partition("+")[2] for part in local if re.match(r"\d+\+.", part)}


def _joined(names: set[str], people: Mapping[str, tuple[str, ...]]) -> set[str]:
    groups = [{name for text in (who, *others) for name in spellings(text)} for who, others in people.items()]
    return names.union(*(group for group in groups if group & names))
