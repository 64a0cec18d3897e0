"""The README can be read where it is: in a terminal, and on the page of a forge."""

from tests.docs.documents import FENCE, README


def test_what_is_drawn_fits_into_100_columns() -> None:
    drawn = [block for _, _, language, block in FENCE.findall(README.read_text("utf-8")) if language == "text"]

    assert "tagbump promote" in drawn[0]
    assert [line for block in drawn for line in block.splitlines() if len(line) > 100] == []
