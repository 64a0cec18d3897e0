"""Messages that nobody can forge a trailer into."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagbump.errors import UsageError
from tagbump.repository import commits


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
