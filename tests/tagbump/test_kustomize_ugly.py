"""Rewriting the files people really write: the wanted bytes or a refusal, never anything between."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tagbump.errors import ConfigurationError
from tagbump.kustomize import pins
from tests.tagbump import ugly

WANTED = {"newName": ugly.NEW.repository, "newTag": ugly.NEW.tag, "digest": ugly.NEW.digest}


def load(text: bytes) -> dict[str, Any]:
    """The plain data of a file. libyaml, like kustomize, allows tabs that PyYAML's own scanner does not."""
    loaded: dict[str, Any] = yaml.load(text.decode().removeprefix("\ufeff"), Loader=yaml.CSafeLoader)
    return loaded


def with_artifact(text: bytes) -> dict[str, Any]:
    """What the file must say after the rewrite, by another way: its plain data with just those keys set."""
    loaded = load(text)
    images = loaded["images"] = [dict(entry) for entry in loaded.get("images") or []]
    if not any(entry["name"] == ugly.NAME for entry in images):
        images.append({"name": ugly.NAME})
    for entry in images:
        if entry["name"] == ugly.NAME:
            entry.update(WANTED)
    return loaded


@pytest.mark.parametrize("block", range(10))
def test_an_ugly_file_becomes_exactly_the_wanted_bytes_or_is_refused_for_its_fault(block: int) -> None:
    for seed in range(block * 60, block * 60 + 60):
        file = ugly.make(seed)

        if file.after is None:
            with pytest.raises(ConfigurationError, match=rf"k\.yaml:\d+: .*{ugly.REFUSED[file.refused_for]}"):
                pins.rewrite(file.before, ugly.NAME, ugly.NEW, "k.yaml")
        else:
            assert pins.rewrite(file.before, ugly.NAME, ugly.NEW, "k.yaml") == file.after, f"seed {seed}"


@pytest.mark.parametrize("seed", range(0, 200, 5))
def test_an_ugly_file_says_the_same_afterwards_but_for_the_image(seed: int) -> None:
    file = ugly.make(seed)
    if file.after is None:
        return

    after = pins.rewrite(file.before, ugly.NAME, ugly.NEW, "k.yaml")

    assert load(after) == with_artifact(file.before)
    assert pins.read_artifact(after, ugly.NAME, "k.yaml") == ugly.NEW
    assert pins.rewrite(after, ugly.NAME, ugly.NEW, "k.yaml") is after


def test_the_generator_makes_every_kind_of_fault_and_the_same_file_for_the_same_seed() -> None:
    files = [ugly.make(seed) for seed in range(400)]

    assert {file.refused_for for file in files} == {"", *ugly.REFUSED}
    assert files[7] == ugly.make(7)


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    place=st.floats(0, 1),
    removed=st.integers(0, 12),
    put=st.text("\n\r\t -#:,[]{}&*!|>'\"?%@`~é\U0001f600\x85\u2028ax1", max_size=6),
)
def test_a_file_damaged_anywhere_is_rewritten_rightly_or_refused(
    seed: int, place: float, removed: int, put: str
) -> None:
    text = ugly.make(seed).before.decode(errors="ignore")
    index = int(place * len(text))
    before = (text[:index] + put + text[index + removed :]).encode()

    try:
        after = pins.rewrite(before, ugly.NAME, ugly.NEW, "k.yaml")
    except ConfigurationError:
        return

    assert comments(after) == comments(before)
    try:
        wanted = with_artifact(before)
    except yaml.YAMLError:
        return  # a tag that only kustomize's parser ignores: no plain data to compare
    assert load(after) == wanted


def comments(text: bytes) -> list[str]:
    return [line for line in text.decode().splitlines() if line.lstrip().startswith("#")]
