"""Corrections where many meet, unpaired intervals, shares of a loss, variance over seeds."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from provolve.judge.statistics import (
    Interval,
    holm,
    holm_confidences,
    loss,
    paired_interval,
    paired_intervals,
    paired_t,
    seed_variance,
    shares,
    t_quantile,
    welch,
)


def nested(rows, confidence=0.95):
    return [[paired_t(row, level) for level in holm_confidences(len(rows), confidence)] for row in rows]


def by_p_values(rows, alpha):
    """Holm's procedure as the textbooks have it: p-values in order, against alpha / (k - rank)."""
    p = [stats.ttest_1samp(row, 0).pvalue for row in rows]
    decided = [False] * len(p)
    for rank, place in enumerate(np.argsort(p)):
        if p[place] > alpha / (len(p) - rank):
            break
        decided[place] = True
    return decided


def test_it_is_the_procedure_by_p_values():
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(150):
        rows = rng.normal(rng.choice([0, 0.4, 0.7], 5)[:, None], 1, (5, 20))
        found = holm(nested(rows))
        assert found == by_p_values(rows, 0.05)
        seen.add(sum(found))
    assert len(seen) >= 5


def test_any_error_among_twenty_true_zeros_is_as_rare_as_stated():
    rng = np.random.default_rng(2)
    half = {level: t_quantile((1 + level) / 2, 14) for level in holm_confidences(20)}
    joint = plain = 0
    for _ in range(600):
        base = rng.normal(0, 1, 15)
        rows = base + rng.normal(0, 1, (20, 15))
        means, errors = rows.mean(axis=1), rows.std(axis=1, ddof=1) / np.sqrt(15)
        intervals = [
            [Interval(m - h * e, m + h * e, m, 15, "t") for h in half.values()]
            for m, e in zip(means, errors, strict=True)
        ]
        joint += any(holm(intervals))
        plain += any(row[0].low > 0 or row[0].high < 0 for row in intervals)
    assert joint / 600 <= 0.07
    assert plain / 600 > 0.2


def test_one_comparison_is_its_plain_interval_and_none_is_nothing():
    assert holm_confidences(1, 0.9) == pytest.approx((0.9,))
    assert holm([[Interval(0.1, 1, 0.5, 9, "t")]]) == [True]
    assert holm([[Interval(-0.1, 1, 0.5, 9, "t")]]) == [False]
    assert holm([]) == []


def test_wrong_numbers_of_intervals_are_refused():
    with pytest.raises(ValueError, match="as many intervals"):
        holm([[Interval(0.1, 1, 0.5, 9, "t")]] * 2)
    with pytest.raises(ValueError, match="cannot be"):
        holm_confidences(2, 1.0)


def test_intervals_of_several_confidences_lie_in_each_other_and_the_first_is_the_plain_one():
    values = np.random.default_rng(3).lognormal(0, 1, 20)
    found = paired_intervals(values, np.random.default_rng(4), holm_confidences(4))
    assert found[0] == paired_interval(values, np.random.default_rng(4))
    for inner, outer in pairwise(found):
        assert outer.low < inner.low
        assert inner.high < outer.high
    assert paired_intervals([1.0], np.random.default_rng(4), (0.95,)) == []


@pytest.mark.parametrize("sizes", [(2, 3), (12, 30), (30, 5)])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_interval_of_two_samples_is_that_of_scipy(sizes, confidence):
    rng = np.random.default_rng(sizes)
    one, other = rng.normal(3, 1, sizes[0]), rng.normal(2, 4, sizes[1])
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval(confidence)
    ours = welch(one, other, confidence)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    assert ours.mean == pytest.approx(one.mean() - other.mean())


def test_two_samples_without_spread_give_a_point_and_a_single_number_nothing():
    point = welch([2.0, 2.0], [0.5, 0.5, 0.5])
    assert (point.low, point.high) == (1.5, 1.5)
    assert welch([1.0], [1.0, 2.0]) is None


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("aggregate", ["ratio", "mean", "sum_ratio"])
def test_the_mean_of_the_shares_is_the_loss(aggregate, direction):
    rng = np.random.default_rng(5)
    scores, reference = rng.uniform(1, 9, 12), rng.uniform(1, 9, 12)
    parts = shares(list(scores), list(reference), aggregate, direction)
    assert np.mean(parts) == pytest.approx(loss(list(scores), list(reference), aggregate, direction))
    assert len(parts) == 12


def test_the_shares_of_a_ratio_of_sums_have_its_spread():
    rng = np.random.default_rng(6)
    ratios, errors = [], []
    for _ in range(800):
        reference = rng.uniform(1, 9, 40)
        scores = 0.8 * reference + rng.normal(0, 0.5, 40)
        ratios.append(loss(list(scores), list(reference), "sum_ratio"))
        errors.append(np.std(shares(list(scores), list(reference), "sum_ratio"), ddof=1) / 40**0.5)
    assert np.mean(errors) == pytest.approx(np.std(ratios), rel=0.1)


def test_the_variance_is_taken_apart_as_it_was_put_together():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(400):
        table = 5 + rng.normal(0, 2, (6, 1)) + rng.normal(0, 3, (1, 20)) + rng.normal(0, 1, (6, 20))
        found.append(seed_variance(table))
    assert np.mean([each.seeds for each in found]) == pytest.approx(4, rel=0.12)
    assert np.mean([each.instances for each in found]) == pytest.approx(9, rel=0.12)
    assert np.mean([each.rest for each in found]) == pytest.approx(1, rel=0.05)
    spread = np.std([each.mean for each in found])
    assert np.mean([each.error_of_the_method for each in found]) == pytest.approx(spread, rel=0.15)


def test_seeds_that_find_the_same_have_no_variance_of_their_own():
    found = seed_variance(np.tile([1.0, 4.0, 7.0], (5, 1)))
    assert (found.seeds, found.rest) == (0, pytest.approx(0, abs=1e-12))
    assert found.instances == pytest.approx(9)
    assert found.error_of_a_seed == pytest.approx(3**0.5)
    assert (found.n_seeds, found.n_instances, found.mean) == (5, 3, 4)


@pytest.mark.parametrize("table", [[[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0], [[1.0, np.nan], [1, 2]]])
def test_tables_that_cannot_be_taken_apart_are_refused(table):
    with pytest.raises(ValueError, match="at least two of each"):
        seed_variance(table)
