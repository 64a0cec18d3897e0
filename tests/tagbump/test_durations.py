"""Durations as people write and read them."""

from datetime import timedelta

import pytest

from tagbump import durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta()),
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("90m", timedelta(minutes=90)),
        ("1h", timedelta(hours=1)),
        ("2d", timedelta(days=2)),
        ("999999s", timedelta(seconds=999_999)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert durations.parse(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "30", "s", "m30", "-30s", "+30s", "1.5h", "30 s", " 30s", "30s ", "30s\n", "30S", "1h30m", "1w", "9999999s"],
    ids=repr,
)
def test_what_is_no_duration_is_named_with_the_shape_it_takes(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write 30s, 10m, 1h or 2d") as caught:
        durations.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(seconds=-5), "0s"),
        (timedelta(), "0s"),
        (timedelta(milliseconds=999), "0s"),
        (timedelta(seconds=1), "1s"),
        (timedelta(seconds=59), "59s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(seconds=61), "1m 1s"),
        (timedelta(minutes=59, seconds=59), "59m 59s"),
        (timedelta(hours=1), "1h"),
        (timedelta(hours=1, minutes=1, seconds=1), "1h 1m"),
        (timedelta(hours=24), "1d"),
        (timedelta(days=2, hours=4, minutes=3), "2d 4h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(duration: timedelta, words: str) -> None:
    assert durations.words(duration) == words
