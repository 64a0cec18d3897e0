"""Who wrote a commit, and that nobody can hide it."""

import pytest

from tagbump.promotion import people
from tagbump.repository import commits
from tests.tagbump.raw_commits import JANE, SECOND, raw


# git shows the author of each of these as Jane <jane@example.com>: `git log --format=%an,%ae`.
@pytest.mark.parametrize(
    "author",
    [
        "Jane <jane@example.com> 1700000000 +051800",
        "Jane <jane@example.com> 1700000000 +01",
        "Jane <jane@example.com> 1700000000",
        "Jane <jane@example.com>1700000000 +0000",
        "Jane <jane@example.com>",
        "Jane <jane@example.com> soon",
    ],
)
def test_an_author_cannot_hide_behind_a_malformed_date(author: str) -> None:
    written = commits.source_commit(SECOND, raw(author=author))

    assert (written.author, written.author_email) == ("Jane", "jane@example.com")
    assert people.authored("jane", [written], {}) is written


def test_an_author_cannot_hide_behind_another() -> None:
    second = b"author Jane <jane@example.com> 0 +0000\ncommitter Eve <eve@example.com> 0 +0000"  # git log shows these
    data = raw(author="A <a@example.com> 0 +0000", committer="B <b@example.com> 0 +0000")

    written = commits.source_commit(SECOND, data.replace(b"\n\n", b"\n" + second + b"\n\n"))

    assert people.authored("jane", [written], {}) is written
    assert people.authored("eve", [written], {}) is written


def test_an_author_cannot_hide_behind_another_encoding() -> None:
    name = "J\N{LATIN SMALL LETTER O WITH DIAERESIS}rg"
    data = raw("feat: a thing\n", "encoding ISO-8859-1", author="NAME <x@example.com> 0 +0000")

    written = commits.source_commit(SECOND, data.replace(b"NAME", name.encode("latin-1")))

    assert people.authored(name, [written], {}) is written


@pytest.mark.parametrize(
    "encoding",
    ["nonsense", "rot13", "base64", "idna", "undefined", "", "utf-16", "utf-16-le", "utf-32", "cp037", "utf-7",
     "unicode_escape"],
)  # fmt: skip
@pytest.mark.parametrize("message", [b"feat: a thing\n", b"feat: \xff\n"], ids=["utf-8", "bytes"])
def test_an_author_cannot_hide_behind_the_name_of_an_encoding(encoding: str, message: bytes) -> None:
    data = raw("", f"encoding {encoding}") + message

    written = commits.source_commit(SECOND, data)

    assert people.authored("jane@example.com", [written], {}) is written
    assert people.authored("ada@example.com", [written], {}) is written


def test_bytes_that_are_no_utf_8_hide_neither_the_address_nor_the_rest() -> None:
    written = commits.source_commit(SECOND, raw("feat: \N{BULLET}\n", author=JANE).replace(b"Jane Doe", b"J\xf6rg"))

    assert written.author_email == "jane@example.com"
    assert written.subject == "feat: \N{BULLET}"


@pytest.mark.parametrize(
    ("message", "co_authors"),
    [
        ("feat: x\n", ()),
        ("feat: x\n\nCo-authored-by: Jane Doe <jane@example.com>\n", ("Jane Doe <jane@example.com>",)),
        ("feat: x\n\nco-AUTHORED-by:jane@example.com   \n", ("jane@example.com",)),
        (
            "feat: x\n\nCo-authored-by: A <a@example.com>\nCo-authored-by: B <b@example.com>",
            ("A <a@example.com>", "B <b@example.com>"),
        ),
        ("feat: x\n\nCo-authored-by: A <a@example.com>\n\nand more words\n", ("A <a@example.com>",)),
        ("feat: x\n\nNot-co-authored-by: A <a@example.com>\n", ()),
        ("feat: x\n\n  Co-authored-by: is what one writes\n", ()),
    ],
)  # fmt: skip
def test_co_authors_are_found_wherever_they_stand(message: str, co_authors: tuple[str, ...]) -> None:
    assert commits.source_commit(SECOND, raw(message)).co_authors == co_authors


@pytest.mark.parametrize(
    ("message", "subject"),
    [("feat: x\n\nbody\n", "feat: x"), ("\n\nfeat: x\n", "feat: x"), ("", ""), ("feat: x", "feat: x")],
)
def test_the_subject_is_the_first_line_with_words(message: str, subject: str) -> None:
    written = commits.source_commit(SECOND, raw(message))

    assert (written.hash, written.subject) == (SECOND, subject)
