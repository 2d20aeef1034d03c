"""pass@k and best@k: brute force over all subsets, unbiasedness by simulation, large n."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from provolve.errors import UsageError
from provolve.judge.metrics import (
    best_at_k,
    best_at_k_curve,
    best_at_k_estimate,
    best_weights,
    over_problems,
    pass_at_k,
    pass_at_k_curve,
    pass_at_k_estimate,
    success_interval,
)


@pytest.mark.parametrize("n", range(1, 13))
def test_pass_at_k_equals_brute_force_over_all_subsets(n: int) -> None:
    for correct in range(n + 1):
        for k in range(1, n + 1):
            subsets = list(itertools.combinations(range(n), k))
            share = sum(min(subset) < correct for subset in subsets) / len(subsets)
            assert pass_at_k(n, correct, k) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("n", range(1, 13))
def test_best_at_k_equals_brute_force_over_all_subsets(n: int) -> None:
    values = np.random.default_rng(n).choice([-2.5, 0.0, 1.0, 3.0, 7.0], n)
    for k in range(1, n + 1):
        subsets = list(itertools.combinations(values, k))
        assert best_at_k(values, k) == pytest.approx(np.mean([max(s) for s in subsets]), abs=1e-12)
        least = np.mean([min(s) for s in subsets])
        assert best_at_k(values, k, maximize=False) == pytest.approx(least, abs=1e-12)


def test_pass_at_k_is_best_at_k_of_zeros_and_ones() -> None:
    for n, c in ((7, 3), (12, 1), (5, 0), (5, 5)):
        values = [1.0] * c + [0.0] * (n - c)
        np.testing.assert_allclose(
            best_at_k_curve(values), pass_at_k_curve(n, c, range(1, n + 1)), atol=1e-12
        )


@pytest.mark.parametrize(("c", "k"), [(1, 1), (3, 100), (5000, 7), (9999, 1), (17, 9000), (1, 9999)])
def test_pass_at_k_is_stable_for_ten_thousand_samples(c: int, k: int) -> None:
    exact = 1 - Fraction(math.comb(10_000 - c, k), math.comb(10_000, k))
    assert pass_at_k(10_000, c, k) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 50, 5000, 9999, 10_000])
def test_weights_are_stable_for_ten_thousand_samples(k: int) -> None:
    weights = best_weights(10_000, k)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    for r in (k, min(k + 3, 10_000), 10_000):
        exact = Fraction(math.comb(r - 1, k - 1), math.comb(10_000, k))
        assert weights[r - 1] == pytest.approx(float(exact), rel=1e-8)
    assert (weights[: k - 1] == 0).all()


def test_pass_at_k_is_unbiased() -> None:
    rng, p, k, n = np.random.default_rng(0), 0.15, 4, 9
    found = [pass_at_k(n, int(c), k) for c in rng.binomial(n, p, 40_000)]
    assert np.mean(found) == pytest.approx(1 - (1 - p) ** k, abs=4 * np.std(found) / 200)
    plug_in = np.mean(1 - (1 - rng.binomial(n, p, 40_000) / n) ** k)
    assert abs(plug_in - (1 - (1 - p) ** k)) > 8 * np.std(found) / 200


def test_best_at_k_is_unbiased() -> None:
    rng, k, n = np.random.default_rng(1), 3, 8
    found = np.array([best_at_k(row, k) for row in rng.exponential(size=(20_000, n))])
    assert found.mean() == pytest.approx(1 + 1 / 2 + 1 / 3, abs=4 * found.std() / math.sqrt(20_000))


def test_averaging_over_subsets_varies_less_than_one_subset() -> None:
    rows = np.random.default_rng(2).exponential(size=(4000, 8))
    assert np.var([best_at_k(row, 3) for row in rows]) < 0.7 * np.var(rows[:, :3].max(axis=1))


def test_the_curve_takes_the_ks_asked_for() -> None:
    values = [3.0, 1.0, 2.0]
    np.testing.assert_allclose(best_at_k_curve(values), [2.0, 8 / 3, 3.0])
    np.testing.assert_allclose(best_at_k_curve(values, [3, 1]), [3.0, 2.0])
    np.testing.assert_allclose(best_at_k_curve(values, maximize=False), [2.0, 4 / 3, 1.0])


def test_the_exact_interval_of_a_rate_matches_scipy() -> None:
    for successes, trials in ((0, 5), (5, 5), (3, 40), (1, 10_000), (9_990, 10_000)):
        expected = stats.binomtest(successes, trials).proportion_ci(0.9, "exact")
        np.testing.assert_allclose(success_interval(successes, trials, 0.9), expected, rtol=1e-8, atol=1e-12)


def test_the_interval_of_pass_at_k_covers_and_carries_the_rate_over() -> None:
    estimate = pass_at_k_estimate(20, 5, 3)
    low, high = success_interval(5, 20)
    assert (estimate.low, estimate.high) == pytest.approx((1 - (1 - low) ** 3, 1 - (1 - high) ** 3))
    assert estimate.low < estimate.value < estimate.high
    rng, p = np.random.default_rng(3), 0.3
    covered = [
        e.low <= 1 - (1 - p) ** 3 <= e.high
        for e in (pass_at_k_estimate(20, int(c), 3) for c in rng.binomial(20, p, 1000))
    ]
    assert np.mean(covered) >= 0.94
    assert pass_at_k_estimate(4, 4, 2).high == 1.0
    assert pass_at_k_estimate(20, 5, 3, confidence=0.5).high < estimate.high


def test_the_interval_of_best_at_k_covers() -> None:
    rng, truth = np.random.default_rng(4), 1 + 1 / 2
    rows = rng.exponential(size=(150, 60))
    intervals = [best_at_k_estimate(row, 2, rng) for row in rows]
    assert 0.85 <= np.mean([e.low <= truth <= e.high for e in intervals]) <= 0.99
    assert all(e.low <= e.value <= e.high for e in intervals)
    least = best_at_k_estimate(rows[0], 2, rng, maximize=False)
    assert least.low <= best_at_k(rows[0], 2, maximize=False) <= least.high < intervals[0].value


def test_over_problems_gives_the_mean_and_an_interval() -> None:
    rng = np.random.default_rng(5)
    estimate = over_problems([0.2, 0.4, 0.9, 0.5, 0.1], rng)
    assert (estimate.value, estimate.n) == (pytest.approx(0.42), 5)
    assert estimate.low < 0.42 < estimate.high
    assert over_problems([0.2, 0.4, 0.9, 0.5, 0.1], rng, 0.5).high < estimate.high
    single = over_problems([0.5], rng)
    assert (single.low, single.high, single.method) == (-np.inf, np.inf, "none")


@pytest.mark.parametrize(
    "call",
    [
        lambda: pass_at_k(5, 6, 1),
        lambda: pass_at_k(5, -1, 1),
        lambda: pass_at_k(5, 2, 0),
        lambda: pass_at_k(5, 2, 6),
        lambda: pass_at_k(0, 0, 1),
        lambda: pass_at_k_estimate(5, 2, 1, confidence=1.0),
        lambda: best_at_k([], 1),
        lambda: best_at_k([1.0, math.nan], 1),
        lambda: best_at_k([1.0, 2.0], 3),
        lambda: best_weights(3, 0),
        lambda: over_problems([], np.random.default_rng(0)),
        lambda: over_problems([1.0, 2.0], np.random.default_rng(0), 95.0),
    ],
)
def test_what_cannot_be_estimated_is_refused(call) -> None:
    with pytest.raises(UsageError):
        call()
