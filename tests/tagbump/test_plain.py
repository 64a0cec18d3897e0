"""Foreign words cannot act on a terminal, and are measured as it shows them."""

import sys
import unicodedata

import pytest

from tagbump import plain
from tests.tagbump import boards


def test_no_control_format_or_separator_character_is_left() -> None:
    unsafe = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    joiners = {"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}

    left = set(plain.harmless("".join(map(chr, range(sys.maxunicode + 1)))))

    assert {sign for sign in left if unicodedata.category(sign) in unsafe} == joiners


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", r"a\u202eb"),
        ("lone \udc80", r"lone \udc80"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        (boards.HEBREW, boards.HEBREW),
        (boards.EMOJI, boards.EMOJI),
    ],
)
def test_what_is_unsafe_is_seen_and_what_is_safe_is_kept(text: str, shown: str) -> None:
    assert plain.harmless(text) == shown


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), (boards.HEBREW, 4), ("\N{ROCKET}", 2), ("\uff21", 2), ("e\u0301", 1), ("", 0)]
)
def test_width_counts_columns_not_characters(text: str, columns: int) -> None:
    assert plain.width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [("short", "short"), ("0123456789abc", "0123456..."), ("\N{ROCKET}" * 6, "\N{ROCKET}" * 3 + "...")],
)
def test_cut_gives_up_the_end(text: str, shown: str) -> None:
    assert plain.cut(text, 10) == shown


@pytest.mark.parametrize(("text", "shown"), [("short", "short"), ("0123456789abc", "01...89abc")])
def test_squeezed_keeps_both_ends(text: str, shown: str) -> None:
    assert plain.squeezed(text, 10) == shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three four", ["one two", "three four"]),
        ("abcdefghijklmn", ["abcdefghij", "klmn"]),
        ("one two three four five six seven", ["one two", "three four", "five si..."]),
    ],
)
def test_wrapped_breaks_at_spaces_and_cuts_the_last_line(text: str, lines: list[str]) -> None:
    assert plain.wrapped(text, 10, lines=3) == lines
