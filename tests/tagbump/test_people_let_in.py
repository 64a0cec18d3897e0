"""Who is on a list: narrow, since it lets somebody in."""

import pytest

from tagbump.promotion import people

NOBODY: dict[str, tuple[str, ...]] = {}


@pytest.mark.parametrize(
    ("who", "allowed", "joined"),
    [
        (["jdoe"], ["jdoe"], NOBODY),
        (["JDoe"], ["jdoe"], NOBODY),
        (["jdoe"], ["JDOE"], NOBODY),
        (["Jane Doe", "jane@example.com"], ["jane@example.com"], NOBODY),
        (["Jane Doe <jane@example.com>"], ["jane@example.com"], NOBODY),
        (["jane@example.com"], ["Jane Doe <jane@example.com>"], NOBODY),
        (["ada"], ["grace", "ada"], NOBODY),
        (["jane@example.com"], ["jdoe"], {"jdoe": ("jane@example.com",)}),
        (["jdoe"], ["jane@example.com"], {"jdoe": ("jane@example.com",)}),
        (["b@example.com"], ["a@example.com"], {"jdoe": ("a@example.com", "b@example.com")}),
        (["Jane Doe"], ["jdoe"], {"JDOE": ("jane doe",)}),
    ],
)
def test_somebody_on_the_list_is_let_in(who: list[str], allowed: list[str], joined: dict[str, tuple[str, ...]]) -> None:
    assert people.is_one_of(who, allowed, joined)


@pytest.mark.parametrize(
    ("who", "allowed", "joined"),
    [
        (["jdoe@evil.example"], ["jdoe"], NOBODY),
        (["jdoe"], ["jdoe@example.com"], NOBODY),
        (["jdoe@evil.example"], ["jdoe@example.com"], NOBODY),
        (["12345+jdoe@users.noreply.github.com"], ["jdoe"], NOBODY),
        (["jdoe@evil.example"], ["jdoe"], {"jdoe": ("jane@example.com",)}),
        (["jane@evil.example"], ["jdoe"], {"jdoe": ("jane@example.com",)}),
        (["jane"], ["jdoe"], {"jdoe": ("jane@example.com",)}),
        (["grace"], ["jdoe"], {"jdoe": ("jane@example.com",), "grace": ("g@example.com",)}),
        (["jdo"], ["jdoe"], NOBODY),
        (["Jane Doe"], ["janedoe"], NOBODY),
        (["jdoe"], [], NOBODY),
        ([], ["jdoe"], NOBODY),
        ([""], [""], NOBODY),
        (["jdoe"], [""], NOBODY),
    ],
)
def test_somebody_who_only_looks_alike_is_not_let_in(
    who: list[str], allowed: list[str], joined: dict[str, tuple[str, ...]]
) -> None:
    assert not people.is_one_of(who, allowed, joined)
