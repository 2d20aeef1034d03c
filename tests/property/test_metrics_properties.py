"""Laws of the estimators for any sample: order, bounds, symmetry, equality with subsets."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.judge.metrics import (
    best_at_k,
    best_at_k_curve,
    best_weights,
    hodges_lehmann,
    hodges_lehmann_estimate,
    pass_at_k,
    pass_at_k_estimate,
    pass_until,
    pass_until_estimate,
)

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12)


@st.composite
def counts(draw: st.DrawFn, most: int = 10_000) -> tuple[int, int, int]:
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts())
def test_pass_at_k_is_a_probability_that_grows_with_k_and_with_the_correct(
    case: tuple[int, int, int],
) -> None:
    n, c, k = case
    value = pass_at_k(n, c, k)
    assert 0.0 <= value <= 1.0
    assert pass_at_k(n, c, 1) == pytest.approx(c / n, abs=1e-12)
    assert (value == 0.0) == (c == 0)
    if k < n:
        assert pass_at_k(n, c, k + 1) >= value
    if c < n:
        assert pass_at_k(n, c + 1, k) >= value


@given(counts(2000))
def test_the_interval_of_pass_at_k_lies_in_0_1_and_is_ordered(case: tuple[int, int, int]) -> None:
    estimate = pass_at_k_estimate(*case)
    assert 0.0 <= estimate.low <= estimate.high <= 1.0


@given(values, st.data())
def test_best_at_k_is_the_mean_over_subsets(sample: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(sample)))
    mean = math.fsum(max(subset) for subset in itertools.combinations(sample, k)) / math.comb(len(sample), k)
    assert best_at_k(sample, k) == pytest.approx(mean, rel=1e-9, abs=1e-6)


@given(values)
def test_the_curve_runs_from_the_mean_to_the_best_and_never_falls(sample: list[float]) -> None:
    curve = best_at_k_curve(sample)
    slack = 1e-9 * (1 + max(abs(v) for v in sample))
    assert curve[0] == pytest.approx(np.mean(sample), rel=1e-9, abs=1e-6)
    assert curve[-1] == max(sample)
    assert (np.diff(curve) >= -slack).all()
    np.testing.assert_allclose(best_at_k_curve([-v for v in sample], maximize=False), -curve, atol=slack)


@given(st.integers(1, 10_000), st.data())
def test_weights_are_a_distribution_that_rises(n: int, data: st.DataObject) -> None:
    weights = best_weights(n, data.draw(st.integers(1, n)))
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(weights) >= -1e-15).all()


@given(values, st.floats(-100, 100))
def test_hodges_lehmann_moves_with_the_values_and_stays_in_their_range(
    sample: list[float], shift: float
) -> None:
    centre = hodges_lehmann(sample)
    assert min(sample) - 1e-9 <= centre <= max(sample) + 1e-9
    assert hodges_lehmann([v + shift for v in sample]) == pytest.approx(centre + shift, rel=1e-9, abs=1e-6)
    assert hodges_lehmann([-v for v in sample]) == pytest.approx(-centre, rel=1e-9, abs=1e-9)
    estimate = hodges_lehmann_estimate(sample)
    assert estimate.low <= centre <= estimate.high


@given(st.integers(1, 30), st.integers(0, 10**9))
def test_the_interval_of_pass_until_holds_its_rate(successes: int, failures: int) -> None:
    trials = successes + failures
    estimate = pass_until_estimate(successes, trials)
    assert 0.0 < estimate.low <= estimate.value <= estimate.high <= 1.0
    assert estimate.low < pass_until(successes, trials) <= estimate.high
