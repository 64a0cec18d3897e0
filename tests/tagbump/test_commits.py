"""Commits and tags as git stores them, hostile ones too."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagbump.repository import commits
from tests.tagbump.raw_commits import ADA, FIRST, SECOND, SIGNATURE, raw


def test_a_commit_is_read_whole() -> None:
    read = commits.read(raw("feat: a thing\n\nBecause.\n"))

    assert read == commits.Raw(
        parents=(FIRST,),
        target=None,
        author="Jane Doe",
        author_email="jane@example.com",
        committer="Ada",
        committer_email="ada@example.com",
        at=datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC),
        message="feat: a thing\n\nBecause.\n",
        others=(),
    )


@pytest.mark.parametrize(
    ("message", "breaking"),
    [
        ("feat: a\n\nBREAKING CHANGE: b\n", True),
        ("feat: a\n\nWhy.\n\nRefs: 1\nBREAKING-CHANGE: b\nReviewed-by: c\n", True),
        ("BREAKING CHANGE: a\n", True),
        ("feat: a\n\nBREAKING CHANGE:\n", False),
        ("feat: a\n\nbreaking change: b\n", False),
        ("feat: a\n\nThis is no BREAKING CHANGE: nobody asked.\n", False),
    ],
)
def test_a_breaking_change_is_announced_by_a_line_of_its_own(message: str, breaking: bool) -> None:
    assert commits.source_commit(SECOND, raw(message)).breaking is breaking


def test_a_merge_has_all_its_parents_in_order() -> None:
    data = raw("merge\n").replace(b"\nauthor", f"\nparent {SECOND}\nauthor".encode())

    assert commits.read(data).parents == (FIRST, SECOND)


def test_the_first_commit_has_no_parents() -> None:
    data = raw("begin\n").replace(f"parent {FIRST}\n".encode(), b"")

    assert commits.read(data).parents == ()


def test_the_headers_of_a_signature_are_not_the_message() -> None:
    folded = SIGNATURE.replace("\n", "\n ")
    tag = (
        f"object {SECOND}\n type commit\n tag v1\n tagger Eve <eve@example.com> 1 +0000\n \n author Eve <e@e.e> 1 +0000"
    )

    read = commits.read(raw("feat: a thing\n", f"gpgsig {folded}", f"mergetag {tag}", "HG:extra x"))

    assert (read.message, read.author, read.committer, read.target) == ("feat: a thing\n", "Jane Doe", "Ada", None)


def test_a_tag_is_read_with_what_it_stands_on_and_without_its_signature() -> None:
    data = f"object {FIRST}\ntype commit\ntag proof/dev/1\ntagger {ADA}\n\nproof\n\nRelease: x\n{SIGNATURE}\n".encode()

    read = commits.read(data)

    assert (read.target, read.message, read.parents) == (FIRST, "proof\n\nRelease: x\n", ())
    assert (read.committer, read.committer_email) == ("Ada", "ada@example.com")
    assert read.at == datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)


def test_the_signature_of_an_ssh_key_is_left_out_too() -> None:
    data = f"object {FIRST}\ntagger {ADA}\n\nproof\n{SIGNATURE.replace('PGP', 'SSH')}\n".encode()

    assert commits.read(data).message == "proof\n"


@pytest.mark.parametrize(
    ("person", "name", "address"),
    [
        ("Jane Doe <jane@example.com> 0 +0000", "Jane Doe", "jane@example.com"),
        ("<jane@example.com> 0 +0000", "", "jane@example.com"),
        (" <jane@example.com> 0 +0000", "", "jane@example.com"),
        ("Jane <> 0 +0000", "Jane", ""),
        ("J\N{LATIN SMALL LETTER E WITH ACUTE} <jane@example.com> 0 +0000", "J\N{LATIN SMALL LETTER E WITH ACUTE}",
         "jane@example.com"),
    ],
)  # fmt: skip
def test_a_person_is_a_name_and_an_address(person: str, name: str, address: str) -> None:
    read = commits.read(raw(author=person))

    assert (read.author, read.author_email) == (name, address)


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("0 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1700000000 +1400", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("-86400 +0000", datetime(1969, 12, 31, tzinfo=UTC)),
        ("99999999999999999999 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-99999999999999999999 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (f"{'9' * 5000} +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("253402300800 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
    ids=["zero", "zone", "negative", "huge", "hugely negative", "5000 digits", "the year 10000"],
)
def test_a_date_that_is_none_is_the_beginning_of_time(date: str, at: datetime) -> None:
    read = commits.read(raw(committer=f"Ada <ada@example.com> {date}"))

    assert (read.committer, read.at) == ("Ada", at)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"\n\nmessage",
        b"no headers at all",
        b"author\ncommitter\n\n",
        b"author x\ncommitter y\n\n",
        b"\x00\x00\x00",
        b"tree 1\x00\nauthor \xff\xfe <\xff> 1 +0000\n\n\xff",
        b" a line that continues nothing\n\n",
        b"author <<<>>> 1 +0000\ncommitter > < 1 +0000\n\n",
    ],
)
def test_a_hostile_object_is_read_as_little_as_it_says(data: bytes) -> None:
    read = commits.read(data)

    assert (read.parents, read.target) == ((), None)
    assert read.at == datetime(1970, 1, 1, tzinfo=UTC) or read.committer == ""


@given(st.binary(max_size=200))
def test_no_bytes_are_too_hostile_to_read(data: bytes) -> None:
    commits.read(data)
    commits.source_commit(FIRST, data)
    commits.trailers(data.decode("utf-8", "replace"))
