"""The base of what never changes."""

import pytest

from tagbump.values import Value, replace


class Point(Value):
    across: int
    up: int = 0

    def __post_init__(self) -> None:
        if self.across < 0:
            raise ValueError("there is nothing left of the margin")

    @property
    def is_low(self) -> bool:
        return self.up == 0


class Named(Point, kw_only=True):
    name: str


class Other(Value):
    across: int
    up: int = 0


def test_fields_are_given_by_place_and_by_name() -> None:
    assert (Point(1, 2).across, Point(1, up=2).up, Point(1).up) == (1, 2, 0)
    assert Point(1).is_low


def test_fields_of_a_base_come_first() -> None:
    assert repr(Named(across=1, name="a")) == "Named(across=1, up=0, name='a')"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((1, 2, 3), {}),
        ((1,), {"across": 1}),
        ((1,), {"down": 1}),
    ],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_a_value_is_made_of_its_fields_and_of_nothing_else(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="Point takes"):
        Point(*values, **named)


def test_what_takes_names_only_is_not_made_by_place() -> None:
    with pytest.raises(TypeError, match="without a name"):
        Named(1, 2, "a")  # type: ignore[call-arg]


def test_values_are_equal_where_their_fields_and_their_classes_are() -> None:
    assert Point(1, 2) == Point(1, up=2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Other(1, 2)
    assert len({Point(1, 2), Point(1, 2), Point(2, 1), Other(1, 2)}) == 3


def test_a_value_never_changes() -> None:
    point = Point(1)

    with pytest.raises(AttributeError, match="never changes"):
        point.across = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="never goes away"):
        del point.across
    assert point == Point(1)


def test_another_like_it_is_checked_as_the_first() -> None:
    assert replace(Point(1, 2), up=3) == Point(1, 3)
    with pytest.raises(ValueError, match="margin"):
        replace(Point(1), across=-1)
    with pytest.raises(TypeError, match="takes"):
        replace(Point(1), down=1)
