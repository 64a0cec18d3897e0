"""Who had a hand in a commit: wide, since it keeps an author from approving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagbump.model import Commit
from tagbump.promotion import people
from tests.tagbump.states import commit

NOBODY: dict[str, tuple[str, ...]] = {}


@pytest.mark.parametrize(
    ("who", "author"),
    [
        ("jdoe", "jdoe <j@example.com>"),
        ("Jane Doe", "Jane Doe <j@example.com>"),
        ("jane doe", "Jane DOE <j@example.com>"),
        ("Jane  Doe ", "Jane Doe <j@example.com>"),
        ("jane@example.com", "J <jane@example.com>"),
        ("JANE@Example.COM", "J <jane@example.com>"),
        ("jane", "J <jane@example.com>"),
        ("JANE", "J <jane@example.com>"),
        ("jane@example.org", "J <jane@example.com>"),
        ("jane@example.com", "jane <j@example.com>"),
        ("Jane Doe <jane@example.com>", "J <jane@example.com>"),
        ("Jane Doe <jane@example.com>", "Jane Doe <j@example.com>"),
        ("<jane@example.com>", "J <jane@example.com>"),
        ("jdoe", "J <jdoe@users.noreply.github.com>"),
        ("jdoe", "J <12345+jdoe@users.noreply.github.com>"),
        ("JDoe", "J <12345+jdoe@users.noreply.github.com>"),
        ("12345+jdoe@users.noreply.github.com", "jdoe <j@example.com>"),
        ("jdoe@example.com", "J <12345+jdoe@users.noreply.github.com>"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE <j@example.com>"),
        ("Jos\N{LATIN SMALL LETTER E WITH ACUTE}", "Jose\N{COMBINING ACUTE ACCENT} <j@example.com>"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "JOS\N{LATIN CAPITAL LETTER E WITH ACUTE} <j@example.com>"),
        (
            "Jos\N{LATIN SMALL LETTER E WITH ACUTE}",
            "Jose\N{ZERO WIDTH JOINER}\N{COMBINING ACUTE ACCENT} <j@example.com>",
        ),
        ("\N{FULLWIDTH LATIN SMALL LETTER J}doe", "jdoe <j@example.com>"),
        ("jane\N{NO-BREAK SPACE}doe", "Jane Doe <j@example.com>"),
    ],
)
def test_an_author_is_known_by(who: str, author: str) -> None:
    written = commit(author, "Web <web@example.com>")

    assert people.authored(who, [written], NOBODY) is written


@pytest.mark.parametrize(
    ("who", "author"),
    [
        ("jdoe", "Jane Doe <jane@example.com>"),
        ("jan", "Jane Doe <jane@example.com>"),
        ("Jane", "Jane Doe <j@example.com>"),
        ("example.com", "Jane Doe <jane@example.com>"),
        ("@example.com", "Jane Doe <jane@example.com>"),
        ("ada@example.com", "Jane Doe <jane@example.com>"),
        ("12345", "J <12345+jdoe@users.noreply.github.com>"),
        ("jane", "J <x+jane@example.com>"),
        ("", "Jane Doe <jane@example.com>"),
        ("", " <>"),
    ],
)
def test_somebody_else_is_not_the_author(who: str, author: str) -> None:
    assert people.authored(who, [commit(author)], NOBODY) is None


def test_the_committer_counts() -> None:
    written = commit("Ada <ada@example.com>", "Jane Doe <jane@example.com>")

    assert people.authored("jane", [written], NOBODY) is written
    assert people.authored("Jane Doe", [written], NOBODY) is written


@pytest.mark.parametrize("who", ["jane", "Jane Doe", "jane@example.com"])
def test_a_co_author_counts(who: str) -> None:
    written = commit(co_authors=["Grace <grace@example.com>", "Jane Doe <jane@example.com>"])

    assert people.authored(who, [written], NOBODY) is written


def test_the_first_of_the_commits_is_told() -> None:
    others, first, second = (
        commit("Ada <a@example.com>"),
        commit("jdoe <1@example.com>"),
        commit("jdoe <2@example.com>"),
    )

    assert people.authored("jdoe", [others, first, second], NOBODY) is first
    assert people.authored("jdoe", [], NOBODY) is None


@pytest.mark.parametrize(
    ("joined", "who", "author"),
    [
        ({"jdoe": ("jane@example.com",)}, "jdoe", "J <jane@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "jane@example.com", "jdoe <j@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "JDOE", "J <Jane@Example.com>"),
        ({"JDoe": ("Jane@Example.com",)}, "jdoe", "J <jane@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "jdoe@example.com", "J <jane@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "jdoe", "J <jane@example.org>"),
        ({"jdoe": ("a@example.com", "b@example.com")}, "a@example.com", "J <b@example.com>"),
        ({"jdoe": ("Jane Doe <jane@example.com>",)}, "jdoe", "Jane Doe <j@example.com>"),
        ({"jdoe": ("Jane Doe <jane@example.com>",)}, "jdoe", "J <jane@example.com>"),
        ({"jdoe": ("jane@example.com",), "jd": ("jane@example.com",)}, "jd", "jdoe <j@example.com>"),
        ({"jdoe": ("jane@example.com",), "jane@example.com": ("jd",)}, "jdoe", "jd <j@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "jdoe", "J <12345+jdoe@users.noreply.github.com>"),
        ({"jdoe": ("jane@example.com",)}, "jdoe@example.com", "J <jane@example.org>"),
        ({"jdoe": ("jane@example.com",)}, "jane@example.org", "J <jdoe@example.com>"),
        ({"jdoe": ("jane@example.com",)}, "jane", "jdoe <j@example.com>"),
    ],
)
def test_people_joins_the_names_of_one_person(joined: dict[str, tuple[str, ...]], who: str, author: str) -> None:
    written = commit(author)

    assert people.authored(who, [written], joined) is written


def test_people_joins_nobody_else() -> None:
    joined = {"jdoe": ("jane@example.com",), "grace": ("g@example.com",)}

    assert people.authored("grace", [commit("Jane Doe <jane@example.com>")], joined) is None


@given(st.text("abcdeABCDE \N{LATIN SMALL LETTER U WITH DIAERESIS}", min_size=1).filter(str.strip))
def test_case_and_blanks_never_hide_an_author(name: str) -> None:
    written = commit(f"{name.strip()} <x@example.com>")

    for who in (name, name.upper(), name.lower(), f"  {name} "):
        assert people.authored(who, [written], NOBODY) is written


@pytest.mark.parametrize(
    "who",
    ["Jane Doe\u034f", "jane doe\ufe0f", "Jane Doe\u3164", '"Jane Doe"', "@jane", "Jane Doe <jane@example.com>.",
     "Jane Doe <jane@example.com> <b@example.com>", "jane+x@example.com"],
    ids=ascii,
)  # fmt: skip
def test_a_name_that_looks_like_an_authors_is_one(who: str) -> None:
    commit = Commit("1" * 40, "feat: x", "Jane Doe", "jane@example.com", "B", "b@elsewhere.example")

    assert people.authored(who, [commit], {}) is commit


@pytest.mark.parametrize("who", ["\u200b", "<>", "< >", "\u3164", "..."], ids=ascii)
def test_what_names_nobody_is_no_name(who: str) -> None:
    assert people.spellings(who) == set()
