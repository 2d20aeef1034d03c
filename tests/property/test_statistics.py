"""Intervals, tests and losses under changes that must not or must only so matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from provolve.judge.statistics import bca, loss, paired_interval, paired_t, permutation_test, t_quantile

numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
rows = st.lists(numbers, min_size=2, max_size=40)
positive = st.integers(1, 10**6).map(lambda k: k / 1000)


def rng():
    return np.random.default_rng(11)


@given(st.floats(0.5001, 0.9999), st.integers(1, 500))
def test_t_quantiles_agree_with_scipy(probability, df):
    assert t_quantile(probability, df) == pytest.approx(stats.t.ppf(probability, df), rel=1e-9)


@settings(deadline=None)
@given(rows, st.floats(0.5, 0.99))
def test_every_interval_is_ordered_and_holds_the_mean(values, confidence):
    student = paired_t(values, confidence)
    joint = paired_interval(values, rng(), confidence)
    assert student.low <= student.mean <= student.high
    assert joint.low <= student.low <= student.high <= joint.high
    slack = 1e-9 * (1 + max(map(abs, values)))
    bootstrap = bca(values, rng(), 200, confidence)
    assert min(values) - slack <= bootstrap.low <= bootstrap.high <= max(values) + slack


@given(rows, st.sampled_from([-4.0, -0.5, 2.0]), st.integers(-100, 100))
def test_intervals_follow_a_change_of_unit_and_origin(values, factor, shift):
    plain, moved = paired_t(values), paired_t([factor * x + shift for x in values])
    ends = sorted((factor * plain.low + shift, factor * plain.high + shift))
    slack = 1e-9 * (1 + max(map(abs, values)))
    assert (moved.low, moved.high) == pytest.approx(ends, abs=4 * slack)


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=12), st.randoms())
def test_the_exact_p_value_ignores_order_and_sign(values, random):
    p = permutation_test(values, rng())
    shuffled = list(values)
    random.shuffle(shuffled)
    assert p == permutation_test(shuffled, rng()) == permutation_test([-x for x in values], rng())
    assert 0 < p <= 1
    assert p * 2 ** len(values) == int(p * 2 ** len(values))


@given(
    st.lists(st.tuples(positive, positive, positive), min_size=1, max_size=20),
    st.sampled_from(["ratio", "mean", "sum_ratio", "worst"]),
)
def test_a_candidate_better_on_every_instance_has_no_larger_loss(triples, aggregate):
    better = [min(a, b) for a, b, _ in triples]
    worse = [max(a, b) for a, b, _ in triples]
    base = [c for _, _, c in triples]
    assert loss(better, base, aggregate, "minimize") <= loss(worse, base, aggregate, "minimize")
    assert loss(worse, base, aggregate, "maximize") <= loss(better, base, aggregate, "maximize")


@given(st.lists(positive, min_size=1, max_size=20))
def test_the_reference_itself_has_a_ratio_of_one(base):
    for aggregate in ("ratio", "sum_ratio"):
        assert loss(base, base, aggregate, "minimize") == pytest.approx(1, rel=1e-12)
        assert loss(base, base, aggregate, "maximize") == pytest.approx(-1, rel=1e-12)
