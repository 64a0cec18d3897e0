"""The arithmetic: what an error weighs, when it is enough, and that noise can't end a good version."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.sprt import ERRORS, LATENCY, PASS, Counts, Trial

NOBODY = Counts(0, 0)
COUNT = st.integers(min_value=0, max_value=100_000)
SHARE = st.floats(min_value=1e-6, max_value=0.999)


def score(test: Trial, bad: int, requests: int, stable: Counts = NOBODY) -> float:
    value = test.score(Counts(bad, requests - bad), stable)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("test", "bad", "requests"),
    [(ERRORS, 3, 74), (ERRORS, 4, 231), (LATENCY, 4, 13), (LATENCY, 5, 38)],
)
def test_so_many_bad_answers_are_enough_within_so_many_requests_and_not_in_one_more(
    test: Trial, bad: int, requests: int
) -> None:
    assert score(test, bad, requests) >= test.fail > score(test, bad, requests + 1)


@pytest.mark.parametrize(("test", "requests"), [(ERRORS, 240), (LATENCY, 49)])
@pytest.mark.parametrize("looks", [1, 2, 3])
def test_each_analysis_asks_for_as_many_good_answers_again(test: Trial, requests: int, looks: int) -> None:
    fewest = next(n for n in range(10_000) if score(test, 0, n) <= -PASS * looks)

    assert fewest == pytest.approx(requests * looks, abs=2)


@given(bad=SHARE, p0=st.floats(min_value=0.001, max_value=0.0999))
@pytest.mark.parametrize("test", [ERRORS, LATENCY], ids=lambda test: test.name)
def test_one_more_answer_of_a_version_at_p0_leaves_the_likelihood_ratio_as_it_is(
    test: Trial, bad: float, p0: float
) -> None:
    """What Ville's inequality needs: on average it stays as it is at p0, and falls below."""
    weight_of_bad, weight_of_other = test.weights(p0)

    at_p0 = p0 * exp(weight_of_bad) + (1 - p0) * exp(weight_of_other)
    below = p0 * bad
    at_less = below * exp(weight_of_bad) + (1 - below) * exp(weight_of_other)

    assert at_p0 == pytest.approx(1)
    assert at_less <= 1 + 1e-9


@given(bad=COUNT, others=COUNT, stable=st.builds(Counts, COUNT, COUNT))
@pytest.mark.parametrize("test", [ERRORS, LATENCY], ids=lambda test: test.name)
def test_a_stable_version_that_looks_worse_than_it_is_never_ends_a_canary(
    test: Trial, bad: int, others: int, stable: Counts
) -> None:
    """So that, whatever noise p0 has, no more good versions are ended than with a stable version without errors."""
    canary = Counts(bad, others)
    with_it, without = test.score(canary, stable), test.score(canary, NOBODY)

    assert without is not None
    assert with_it is None or with_it < test.fail or without >= test.fail


@pytest.mark.parametrize(
    ("stable", "allowed", "suspected"),
    [
        (Counts(0, 0), 0.001, 0.02),
        (Counts(0, 50_000), 0.001, 0.02),
        (Counts(1, 9), 0.001, 0.02),
        (Counts(31, 9_969), 0.003, 0.02),
        (Counts(101, 9_899), 0.01, 0.05),
        (Counts(951, 9_049), 0.095, 0.475),
    ],
    ids=["nobody", "no error", "one error", "a little worse", "worse", "much worse"],
)
def test_the_canary_is_allowed_what_the_stable_version_does(stable: Counts, allowed: float, suspected: float) -> None:
    p0 = ERRORS.p0(stable)

    assert p0 == pytest.approx(allowed)
    assert ERRORS.p1(allowed) == pytest.approx(suspected)


@pytest.mark.parametrize("stable", [Counts(1001, 8_999), Counts(50, 0)])
def test_nothing_is_told_beside_a_stable_version_that_is_broken(stable: Counts) -> None:
    assert ERRORS.p0(stable) is None
    assert ERRORS.score(Counts(100, 0), stable) is None


def test_the_bounds_together_leave_a_good_version_999_chances_of_1000() -> None:
    assert exp(-ERRORS.fail) + exp(-LATENCY.fail) < 0.00075
    assert pytest.approx(log(100), abs=0.01) == PASS
