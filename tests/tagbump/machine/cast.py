"""Who and what the machine plays with: few of each, so that they meet often. What is known of them is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tagbump.model import Artifact, Commit
from tagbump.repository import commits
from tests.tagbump.states import REBUILT, REPOSITORY, V1, V2, V3, artifact

HOTFIX: Final = artifact("2.0.0-hotfix", build="2.0.0")  # another tag of the digest of V2
RESPELLED: Final = artifact("2.0.0", build="once more", repository="Registry.example.com:443/service")
ELSEWHERE: Final = artifact("2.0.0", build="of others", repository="registry.example.com/other")
SIDE: Final = artifact("1.1.0")  # neither older nor newer than V2
V4: Final = artifact("4.0.0")
LOST: Final = artifact("5.0.0")  # built from a commit that nobody has
PLACEHOLDER: Final = Artifact(REPOSITORY, "0.0.0", f"sha256:{'0' * 64}")

ARTIFACTS: Final = {
    "V1": V1, "V2": V2, "V3": V3, "SIDE": SIDE, "V4": V4, "REBUILT": REBUILT, "HOTFIX": HOTFIX, "RESPELLED": RESPELLED,
    "ELSEWHERE": ELSEWHERE, "LOST": LOST,
}  # fmt: skip
SAME_REPOSITORY: Final = {REPOSITORY: "ours", RESPELLED.repository: "ours", ELSEWHERE.repository: "theirs"}

ROOT, SECOND, THIRD, BRANCHED, FOURTH, NOWHERE = (f"{digit}" * 40 for digit in "12345d")
BUILT_FROM: Final = {
    V1: ROOT, V2: SECOND, V3: THIRD, SIDE: BRANCHED, V4: FOURTH, LOST: NOWHERE,
    REBUILT: SECOND, HOTFIX: SECOND, RESPELLED: SECOND, ELSEWHERE: SECOND, PLACEHOLDER: ROOT,
}  # fmt: skip
HISTORY: Final[Mapping[str, frozenset[str]]] = {  # each commit with all that it stands on, and itself
    ROOT: frozenset({ROOT}),
    SECOND: frozenset({ROOT, SECOND}),
    THIRD: frozenset({ROOT, SECOND, THIRD}),
    BRANCHED: frozenset({ROOT, BRANCHED}),
    FOURTH: frozenset({ROOT, SECOND, THIRD, FOURTH}),
}
WROTE: Final = {
    ROOT: {"Ada"},
    SECOND: {"Ada", "Linus", "Jane"},  # he committed it, and she is a co-author
    THIRD: {"Ada"},
    BRANCHED: {"Ada", "Linus"},
    FOURTH: {"Grace"},
}


@dataclass(frozen=True)
class Name:
    """A way to say who. `whole` are the names and addresses in it; `person` is whom it is taken for, to keep out.

    `joined` is that person where tagbump.yaml says that jdoe is jane@example.com.
    """

    text: str
    whole: frozenset[str]
    person: str | None
    joined: str | None = None


def _name(text: str, *whole: str, person: str | None, joined: str | None = None) -> Name:
    return Name(text, frozenset(whole or [text.lower()]), person, joined or person)


_EVERYBODY: Final = (
    _name("grace", person="Grace"),
    _name("Grace Hopper <grace@example.com>", "grace hopper", "grace@example.com", person="Grace"),
    _name("GRACE@elsewhere.example", person="Grace"),
    _name("Ada Lovelace <ada@example.com>", "ada lovelace", "ada@example.com", person="Ada"),
    _name("ADA@elsewhere.example", person="Ada"),
    _name("linus", person="Linus"),
    _name("jdoe", person=None, joined="Jane"),
    _name("jane@example.com", person="Jane"),
    _name("mallory", person=None),
    Name("<>", frozenset(), None),
)
NAMES: Final = {name.text: name for name in _EVERYBODY}
JOINED: Final = {"jdoe": ("jane@example.com",)}
JOINED_NAMES: Final = frozenset({"jdoe", "jane@example.com"})


@dataclass(frozen=True)
class Caller:
    """Somebody who runs tagbump: the names git knows them by, and the key they sign with; None for no key."""

    names: tuple[str, ...]
    key: str | None

    @property
    def whole(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.names)


KEY, STRANGE_KEY = "0123456789ABCDEF0123456789ABCDEF01234567", "ABCDEF0123456789ABCDEF0123456789ABCDEF01"
PIPELINE: Final = Caller(("Release Bot", "bot@example.com"), KEY)
CALLERS: Final = {
    "the pipeline": PIPELINE,
    "grace": Caller(("Grace Hopper", "grace@example.com"), KEY),
    "jane": Caller(("Jane Doe", "jane@example.com"), KEY),
    "grace without a key": Caller(("grace", "grace@elsewhere.example"), None),
    "mallory with his own key": Caller(("Mallory", "mallory@example.com"), STRANGE_KEY),
}


def _commit(hash_: str, author: str, committer: str, body: str = "") -> Commit:
    raw = (
        f"tree {'0' * 40}\nauthor {author} 1700000000 +0000\ncommitter {committer} 1700000000 +0000\n\nfeat: x\n{body}"
    )
    return commits.source_commit(hash_, raw.encode())


_ADA, _JANE = "Ada Lovelace <ada@example.com>", "Jane Doe <jane@example.com>"
_GRACE, _LINUS = "Grace Hopper <grace@example.com>", "Linus <linus@example.com>"
_WEB: Final = "Web Flow <noreply@example.com>"
COMMITS: Final = {
    ROOT: _commit(ROOT, _ADA, _ADA),
    SECOND: _commit(SECOND, _ADA, _LINUS, f"\nCo-authored-by: {_JANE}\n"),
    THIRD: _commit(THIRD, _ADA, _WEB),
    BRANCHED: _commit(BRANCHED, _ADA, _LINUS),
    FOURTH: _commit(FOURTH, _GRACE, _WEB),
}

STARTS: Final = (
    datetime(2026, 3, 4, 9, 0, tzinfo=UTC),  # a Wednesday
    datetime(2026, 3, 27, 12, 0, tzinfo=UTC),  # before Berlin loses an hour
    datetime(2026, 10, 23, 12, 0, tzinfo=UTC),  # before Berlin has an hour twice
    datetime(2026, 10, 30, 12, 0, tzinfo=UTC),  # before New York has one twice
)


class Sources:
    """The source history, as far as the rules ask of it."""

    @property
    def history(self) -> "Sources":
        return self

    def is_ancestor(self, old: str, new: str) -> bool | None:
        return old in HISTORY[new] if old in HISTORY and new in HISTORY else None

    def between(self, old: str | None, new: str) -> tuple[Commit, ...] | None:
        if new not in HISTORY or (old is not None and old not in HISTORY):
            return None
        passed = HISTORY[old] if old else frozenset()
        return tuple(COMMITS[name] for name in sorted(HISTORY[new] - passed, reverse=True))
