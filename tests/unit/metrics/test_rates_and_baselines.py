"""PassUntil and the relative improvement over random sampling."""

import math

import numpy as np
import pytest
from scipy import stats

from provolve.errors import UsageError
from provolve.judge.metrics import (
    best_at_k,
    pass_until,
    pass_until_estimate,
    pass_until_unbiased,
    pass_within,
    relative_improvement,
    relative_improvement_estimate,
)


def trials_until(successes: int, p: float, runs: int, seed: int) -> np.ndarray:
    return successes + np.random.default_rng(seed).negative_binomial(successes, p, runs)


def test_the_unbiased_rate_is_unbiased_and_the_likely_one_is_not() -> None:
    p, r = 0.02, 4
    trials = trials_until(r, p, 60_000, 0)
    unbiased = np.array([pass_until_unbiased(r, int(k)) for k in trials])
    likely = np.array([pass_until(r, int(k)) for k in trials])
    slack = 4 * unbiased.std() / math.sqrt(len(trials))
    assert unbiased.mean() == pytest.approx(p, abs=slack)
    assert likely.mean() > p + slack


def test_the_interval_of_a_tiny_rate_covers() -> None:
    p, r = 1e-3, 3
    estimates = [pass_until_estimate(r, int(k)) for k in trials_until(r, p, 1500, 1)]
    covered = np.mean([e.low <= p <= e.high for e in estimates])
    assert 0.94 <= covered <= 0.965
    assert all(e.low <= e.value <= e.high for e in estimates)


def test_the_ends_are_where_the_tails_have_their_probability() -> None:
    estimate = pass_until_estimate(3, 5000, confidence=0.9)
    assert stats.binom.sf(2, 5000, estimate.low) == pytest.approx(0.05, rel=1e-6)
    assert stats.binom.cdf(2, 4999, estimate.high) == pytest.approx(0.05, rel=1e-6)


def test_rates_far_below_what_a_fixed_sample_sees() -> None:
    estimate = pass_until_estimate(2, 10**8)
    assert estimate.value == pytest.approx(1e-8, rel=1e-6)
    assert 1e-9 < estimate.low < 1e-8 < estimate.high < 1e-7


def test_the_first_trial_of_all_bounds_from_below_only() -> None:
    estimate = pass_until_estimate(1, 1)
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert estimate.low == pytest.approx(0.025)


def test_a_budget_that_ran_out_gives_the_binomial_interval() -> None:
    estimate = pass_within(0, 1000)
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(1 - 0.025 ** (1 / 1000))
    assert pass_within(2, 100).value == 0.02


@pytest.mark.parametrize(
    "call",
    [
        lambda: pass_until(0, 5),
        lambda: pass_until(3, 2),
        lambda: pass_until_unbiased(1, 9),
        lambda: pass_until_estimate(2, 9, confidence=0.0),
        lambda: pass_within(1, 0),
        lambda: pass_within(3, 2),
    ],
)
def test_counts_that_cannot_be_are_refused(call) -> None:
    with pytest.raises(UsageError):
        call()


def test_improvement_is_relative_to_the_expected_best_of_as_many_random_samples() -> None:
    pool = [1.0, 2.0, 3.0]  # expected best of 2: 8 / 3
    assert relative_improvement(4.0, pool, 2) == pytest.approx((4 - 8 / 3) / (8 / 3))
    assert relative_improvement(1.0, pool, 2, maximize=False) == pytest.approx((4 / 3 - 1) / (4 / 3))
    assert relative_improvement(8 / 3, pool, 2) == pytest.approx(0.0)
    assert relative_improvement(-3.0, [-2.0, -2.0], 1) == pytest.approx(-0.5)


def test_with_the_optimum_it_is_the_share_of_the_gap_closed() -> None:
    pool = [1.0, 2.0, 3.0]
    assert relative_improvement(5.0, pool, 2, optimum=5.0) == pytest.approx(1.0)
    assert relative_improvement(0.5, pool, 1, optimum=0.0, maximize=False) == pytest.approx(0.75)
    assert relative_improvement(1.0, [0.0, 0.0], 1, optimum=2.0) == pytest.approx(0.5)


def test_the_improvement_is_unbiased_in_the_baseline() -> None:
    rng = np.random.default_rng(0)
    truth = 1 + 1 / 2 + 1 / 3
    baselines = np.array([best_at_k(row, 3) for row in rng.exponential(size=(8000, 10))])
    gains = [relative_improvement(2.0, row, 3, optimum=100.0) for row in rng.exponential(size=(8000, 10))]
    expected = (2.0 - truth) / (100.0 - truth)
    assert np.mean(gains) == pytest.approx(expected, abs=4 * baselines.std() / 100 / math.sqrt(8000) + 1e-4)


def test_the_interval_of_an_improvement_covers() -> None:
    rng = np.random.default_rng(1)
    truth = (2.0 - 1.5) / 1.5
    covered = []
    for _ in range(60):
        runs, pool = rng.normal(2.0, 0.3, 12), rng.exponential(size=80)
        estimate = relative_improvement_estimate(runs, pool, 2, rng)
        assert estimate.low <= estimate.value <= estimate.high
        covered.append(estimate.low <= truth <= estimate.high)
    assert np.mean(covered) >= 0.85


def test_the_interval_knows_the_direction_and_the_confidence() -> None:
    rng = np.random.default_rng(2)
    runs, pool = rng.normal(0.1, 0.01, 10), rng.random(50)
    wide = relative_improvement_estimate(runs, pool, 3, np.random.default_rng(0), maximize=False)
    narrow = relative_improvement_estimate(
        runs, pool, 3, np.random.default_rng(0), maximize=False, confidence=0.5
    )
    assert 0 < wide.low < narrow.low < narrow.high < wide.high
    closed = relative_improvement_estimate(runs, pool, 3, rng, optimum=0.0, maximize=False)
    assert closed.high <= 1.0


def test_an_interval_may_be_endless_but_is_never_nan() -> None:
    estimate = relative_improvement_estimate([1.0, 2.0], [0.0, 0.0, 0.5], 1, np.random.default_rng(0))
    assert not math.isnan(estimate.low)
    assert estimate.high == math.inf
    closed = relative_improvement_estimate([0.5], [0.0, 0.0, 0.5], 1, np.random.default_rng(0), optimum=0.5)
    assert (closed.low, closed.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: relative_improvement(1.0, [0.0, 0.0], 1),
        lambda: relative_improvement(1.0, [2.0, 2.0], 1, optimum=2.0),
        lambda: relative_improvement(math.nan, [1.0], 1),
        lambda: relative_improvement(1.0, [1.0], 2),
        lambda: relative_improvement_estimate([], [1.0], 1, np.random.default_rng(0)),
    ],
)
def test_what_leaves_nothing_to_measure_is_refused(call) -> None:
    with pytest.raises(UsageError):
        call()
