"""Who is who: the names that one person goes by in Jenkins, in git and in an e-mail address. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from tagbump.model import Commit

_ADDRESSED: Final = re.compile(r"\s*(.*?)\s*<([^<>]*)>\s*")


def is_one_of(who: Iterable[str], allowed: Iterable[str], people: Mapping[str, tuple[str, ...]]) -> bool:
    """Say whether one of the names `who` is on the list `allowed`, as it stands there or as `people` joins it.

    Narrow, as it lets in: the local part of an address is not enough, or jdoe@elsewhere.example would be jdoe.
    """
    names = {name for text in who for name in _names(text)}
    return any(names & _joined(_names(text), people) for text in allowed)


def authored(who: str, commits: Iterable[Commit], people: Mapping[str, tuple[str, ...]]) -> Commit | None:
    """Return the first of `commits` that `who` wrote, committed or co-authored; None where there is none.

    Wide, as it keeps out: a user name, an e-mail or the local part of one is enough, case aside.
    """
    approver = _with_local_parts(_joined(_with_local_parts(_names(who)), people))
    for commit in commits:
        written = [commit.author, commit.author_email, commit.committer, commit.committer_email, *commit.co_authors]
        names = {name for text in written for name in _names(text)}
        if approver & _with_local_parts(_joined(_with_local_parts(names), people)):
            return commit
    return None


def _names(text: str) -> set[str]:
    """Return the name and the address in `Name <address>`, or the text itself; folded so that case does not count."""
    match = _ADDRESSED.fullmatch(text)
    parts = match.groups() if match else (text,)
    return {folded for part in parts if (folded := _folded(part))}


def _folded(name: str) -> str:
    """Return `name` as it looks, without letters that cannot be seen: those would make two names of one."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(seen.casefold().split())


def _with_local_parts(names: set[str]) -> set[str]:
    # GitHub's private addresses are 12345+jdoe@users.noreply.github.com: the user name stands behind the plus.
    local = {name.rpartition("@")[0] for name in names if "@" in name}
    return names | local | {part.partition("+")[2] for part in local if re.match(r"\d+\+.", part)}


def _joined(names: set[str], people: Mapping[str, tuple[str, ...]]) -> set[str]:
    groups = [{name for text in (who, *others) for name in _names(text)} for who, others in people.items()]
    return names.union(*(group for group in groups if group & names))
