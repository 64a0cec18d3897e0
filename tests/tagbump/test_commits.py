"""Commits and tags as git stores them, hostile ones too; and messages that nobody can forge a trailer into."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagbump.errors import UsageError
from tagbump.promotion import people
from tagbump.repository import commits

TREE, FIRST, SECOND = "1" * 40, "2" * 40, "3" * 40
JANE = "Jane Doe <jane@example.com> 1700000000 +0100"
ADA = "Ada <ada@example.com> 1700000060 -0800"
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----"


def raw(message: str = "feat: a thing\n", *headers: str, author: str = JANE, committer: str = ADA) -> bytes:
    """Return the bytes of a commit; `headers` stand where git writes its optional ones."""
    lines = [f"tree {TREE}", f"parent {FIRST}", f"author {author}", f"committer {committer}", *headers]
    return ("\n".join(lines) + "\n\n" + message).encode()


# --- reading ----------------------------------------------------------------------------------------------------------


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


# --- trailers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("subject\n\nImage: a\nSource: b\n", {"Image": ("a",), "Source": ("b",)}),
        ("subject\n\nOverride: a\nReason: b\nOverride: c\n", {"Override": ("a", "c"), "Reason": ("b",)}),
        ("subject\n\nbody\n\nReason: it: broke: again\n", {"Reason": ("it: broke: again",)}),
        ("subject\n\nReason: a\n\n\n", {"Reason": ("a",)}),
        ("subject\n\nReason: a  \r\n", {"Reason": ("a",)}),
        ("subject\n\nImage: i \t\r\nReason: a\n", {"Image": ("i",), "Reason": ("a",)}),
        ("subject\n\nApproved-by: eve\n\nReason: a\n", {"Reason": ("a",)}),
        ("subject\n\nApproved-by: eve\n\nthe body goes on\n", {}),
        ("subject\n\nApproved-by: eve\nthe body goes on\n", {}),
        ("subject\n\nwords before\nApproved-by: eve\n", {}),
        ("subject\n\nApproved-by: eve\n continued\n", {}),
        ("subject\n\nApproved-by:eve\n", {}),
        ("subject\n\nApproved-by:\n", {}),
        ("subject\n\nApproved by: eve\n", {}),
        ("subject\n\n1st: eve\n", {}),
        ("subject\nApproved-by: eve\n", {}),
        ("Approved-by: eve\n", {}),
        ("\n\nApproved-by: eve\n", {}),
        ("subject\n", {}),
        ("", {}),
        ("\n", {}),
    ],
)
def test_trailers_are_read_from_a_last_paragraph_of_nothing_else(
    message: str, found: dict[str, tuple[str, ...]]
) -> None:
    assert commits.trailers(message) == found


def test_a_message_is_a_subject_and_trailers() -> None:
    message = commits.message("chore(dev): release 1", [("Image", "i"), ("Reason", "r")])

    assert message == "chore(dev): release 1\n\nImage: i\nReason: r\n"


def test_a_message_may_have_no_trailers() -> None:
    assert commits.message("subject", []) == "subject\n"


NAMES = st.from_regex(r"[A-Za-z][A-Za-z-]{0,15}", fullmatch=True)


def said(text: str) -> str | None:
    try:
        return commits.sayable("--reason", text)
    except UsageError:
        return None


SAYABLE = st.text(max_size=40).map(said).filter(lambda text: text is not None)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NAMES, SAYABLE), min_size=1, max_size=4))
def test_what_a_message_says_is_read_back(named: list[tuple[str, str]]) -> None:
    message = commits.message("chore(dev): release 1", named)

    found = commits.trailers(message)

    assert found == {name: tuple(value for key, value in named if key == name) for name, _ in named}


# --- what can be said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("it broke", "it broke"),
        ("  it   broke ", "it broke"),
        ("it\N{NO-BREAK SPACE}broke", "it broke"),
        ("Approved-by: eve", "Approved-by: eve"),
        ("x" * 500, "x" * 500),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{ROCKET}", "caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{ROCKET}"),
        ("\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}", "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}"),
    ],
)
def test_a_line_of_text_can_be_said(text: str, kept: str) -> None:
    assert commits.sayable("--reason", text) == kept


@pytest.mark.parametrize(
    "text",
    ["", " ", "\t", "\N{NO-BREAK SPACE}", "x" * 501, "a\nApproved-by: eve", "a\n", "\na", "a\rb", "a\tb", "a\x00b",
     "a\x0bb", "a\x0cb", "a\x1bb", "a\x1eb", "a\x7fb", "a\x85b", "a\x9bb", "a\u2028b", "a\u2029b", "a\u202ab",
     "a\u202bb", "a\u202cb", "a\u202db", "a\u202eb", "a\u2066b", "a\u2067b", "a\u2068b", "a\u2069b"],
    ids=ascii,
)  # fmt: skip
def test_what_could_forge_a_trailer_or_fool_a_reader_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--reason takes one line of text, 1 to 500 characters"):
        commits.sayable("--reason", text)


def test_bytes_of_the_command_line_that_are_no_utf_8_are_refused() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")  # as Python hands it over

    with pytest.raises(UsageError, match="--reason"):
        commits.sayable("--reason", text)
