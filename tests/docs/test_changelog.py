"""The changelog keeps the form of Keep a Changelog 1.1.0, and every entry leads on to what explains it."""

import re

import pytest

from tests.docs.documents import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
_VERSION = re.compile(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")


def entries() -> list[str]:
    """Each entry as one line, without its dash."""
    found = re.findall(r"^- (.*(?:\n  .*)*)", TEXT, re.MULTILINE)
    return [re.sub(r"\s+", " ", entry) for entry in found]


def test_versions_stand_newest_first_below_what_is_not_released() -> None:
    versions = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)

    assert versions[0] == "[Unreleased]"
    assert [version for version in versions if not _VERSION.fullmatch(version)] == []
    numbers = [[int(part) for part in re.findall(r"\d+", version)[:3]] for version in versions[1:]]
    assert numbers == sorted(numbers, reverse=True)


def test_a_version_has_each_kind_of_change_once_and_no_other_kind() -> None:
    for version in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", version, re.MULTILINE)

        assert sorted(set(kinds), key=KINDS.index) == sorted(kinds, key=KINDS.index)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry[:40])
def test_an_entry_is_a_sentence_with_a_link(entry: str) -> None:
    assert re.fullmatch(r"[`A-Z].*\]\([^)]+\).*\.", entry), "an entry is a sentence for the reader, with a link"
