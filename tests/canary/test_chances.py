"""Chance is drawn as it should be, and what is said of it is right."""

from random import Random

import pytest

from canary.chances import Steady, at_most


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.99])
@pytest.mark.parametrize("every", [1, 7, 1000])
def test_so_many_answers_are_bad_as_their_share_says(share: float, every: int) -> None:
    version = Steady(Random(4), share)

    bad = sum(version.take(every) for _ in range(100_000 // every))

    # Four standard deviations: chance would go beyond it once in 16,000 times, and the seed is fixed.
    assert bad == pytest.approx(100_000 * share, abs=4 * (100_000 * share * (1 - share)) ** 0.5)


def test_a_version_without_bad_answers_has_none() -> None:
    assert Steady(Random(4), 0).take(10**9) == 0


def test_answers_are_the_same_however_they_are_taken() -> None:
    one, other = Steady(Random(4), 0.1), Steady(Random(4), 0.1)

    assert sum(one.take(1) for _ in range(500)) == other.take(500)


@pytest.mark.parametrize(
    ("found", "of", "bound"),
    [(0, 20_000, 1 - 0.01 ** (1 / 20_000)), (1, 1, 1.0), (0, 1, 0.99), (1, 2, 0.99**0.5), (5, 20_000, 0.000655)],
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(found: int, of: int, bound: float) -> None:
    assert at_most(found, of) == pytest.approx(bound, rel=1e-3)
