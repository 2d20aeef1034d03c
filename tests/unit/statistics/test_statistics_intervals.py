import numpy as np
import pytest
from scipy import stats

from provolve.judge.statistics import bca, paired_interval, paired_t, permutation_test


def rng(seed=1):
    return np.random.default_rng(seed)


def coverage(interval, draw, truth, studies):
    generator = rng(5)
    found = [interval(draw(generator), generator) for _ in range(studies)]
    return np.mean([each.low <= truth <= each.high for each in found])


@pytest.mark.parametrize("n", [2, 5, 40])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_t_interval_is_that_of_scipy(n, confidence):
    values = rng(n).normal(3, 2, n)
    low, high = stats.t.interval(confidence, n - 1, values.mean(), stats.sem(values))
    ours = paired_t(values, confidence)
    assert (ours.low, ours.high) == pytest.approx((low, high), rel=1e-10)
    assert (ours.mean, ours.n, ours.method) == (pytest.approx(values.mean()), n, "t")


@pytest.mark.parametrize(
    "values",
    [
        rng().normal(1, 1, 12),
        rng().lognormal(0, 1, 30),
        -rng().lognormal(0, 1, 30),
        rng().choice([0.0, 0.0, 0.0, 1.0], 25),
    ],
)
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_bca_interval_is_that_of_scipy(values, confidence):
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=60_000, confidence_level=confidence, method="BCa", rng=rng(2)
    ).confidence_interval
    ours = bca(values, rng(3), resamples=60_000, confidence=confidence)
    slack = 0.03 * (theirs.high - theirs.low) + (0.04 if len(values) == 25 else 0)
    assert ours.low == pytest.approx(theirs.low, abs=slack)
    assert ours.high == pytest.approx(theirs.high, abs=slack)
    assert (ours.mean, ours.n, ours.method) == (pytest.approx(values.mean()), len(values), "bca")


def test_skewed_differences_give_a_skewed_bca_interval():
    ours = bca(rng().lognormal(0, 1, 40), rng(2))
    assert ours.high - ours.mean > 1.2 * (ours.mean - ours.low)


def test_resamples_that_tie_with_the_mean_do_not_shift_the_interval():
    ours = bca([-1.0] * 3 + [0.0] * 40 + [1.0] * 3, rng(1), resamples=20_000)
    assert ours.low == pytest.approx(-ours.high, abs=1e-12)


def test_many_differences_are_resampled_within_bounded_memory():
    values = rng().normal(0, 1, 30_000)
    ours, student = bca(values, rng(2), resamples=300), paired_t(values)
    assert ours.high - ours.low == pytest.approx(student.high - student.low, rel=0.25)


def test_the_number_of_resamples_and_the_generator_matter():
    values = rng().normal(0, 1, 20)
    assert bca(values, rng(2)) == bca(values, rng(2))
    assert bca(values, rng(2)) != bca(values, rng(3))
    assert bca(values, rng(2), resamples=500) != bca(values, rng(2), resamples=501)


@pytest.mark.parametrize("interval", [lambda d: paired_t(d), lambda d: bca(d, rng())])
def test_degenerate_differences(interval):
    assert interval([]) is None
    assert interval([1.0]) is None
    point = interval([0.1] * 7)
    assert (point.low, point.high, point.mean) == (pytest.approx(0.1),) * 3
    assert point.low == point.high


def test_degenerate_differences_of_the_joint_interval():
    assert paired_interval([], rng()) is None
    assert paired_interval([2.0], rng()) is None
    point = paired_interval([0.0] * 30, rng())
    assert (point.low, point.high, point.n, point.method) == (0.0, 0.0, 30, "t+bca")


@pytest.mark.parametrize("interval", [lambda d, c: paired_t(d, c), lambda d, c: bca(d, rng(), 99, c)])
def test_wrong_differences_and_confidences_are_refused(interval):
    with pytest.raises(ValueError, match="difference 1 is nan"):
        interval([1.0, float("nan")], 0.95)
    with pytest.raises(ValueError, match="shape"):
        interval([[1.0, 2.0]], 0.95)
    for confidence in (0.0, 1.0, 95):
        with pytest.raises(ValueError, match="confidence"):
            interval([1.0, 2.0], confidence)
    with pytest.raises(ValueError, match="0 resamples"):
        bca([1.0, 2.0], rng(), resamples=0)


def test_the_joint_interval_is_the_hull_of_both():
    for values in (rng(4).lognormal(0, 1, 30), rng(4).normal(0, 1, 12), -rng(4).lognormal(0, 1, 30)):
        both = paired_t(values, 0.9), bca(values, rng(7), confidence=0.9)
        joint = paired_interval(values, rng(7), 0.9)
        assert joint.low == min(each.low for each in both)
        assert joint.high == max(each.high for each in both)
        assert joint.mean == both[0].mean


def test_t_covers_normal_differences_as_it_says():
    held = coverage(lambda d, _: paired_t(d), lambda g: g.normal(0.3, 1, 50), 0.3, 2000)
    assert 0.93 <= held <= 0.97


def test_bca_covers_normal_differences_nearly_as_it_says():
    held = coverage(lambda d, g: bca(d, g, resamples=600), lambda g: g.normal(0.3, 1, 50), 0.3, 1000)
    assert 0.92 <= held <= 0.96


def test_the_joint_interval_covers_skewed_differences_better_than_either():
    def draw(generator):
        return generator.lognormal(0, 1, 50)

    truth, studies = np.exp(0.5), 300
    joint = coverage(paired_interval, draw, truth, studies)
    student = coverage(lambda d, _: paired_t(d), draw, truth, studies)
    assert joint > student
    assert joint > 0.9


def test_the_exact_permutation_test_is_that_of_scipy():
    for n in (2, 4, 9):
        values = rng(n).normal(0.7, 1, n).round(1)
        theirs = stats.permutation_test(
            (values,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        )
        assert permutation_test(values, rng()) == pytest.approx(theirs.pvalue)


def test_sixteen_differences_are_still_exact():
    assert permutation_test([1.0] * 16, rng(1)) == 2 / 2**16
    assert permutation_test([1.0] * 17, rng(1), resamples=99) == 1 / 100


def test_sums_that_differ_by_rounding_alone_count_as_equal():
    assert permutation_test([0.5, 0.1, -0.6, 0.3], rng()) == permutation_test([5, 1, -6, 3], rng())
    assert permutation_test([0.3, 0.1, 0.2], rng()) == 0.25
    assert permutation_test([0.0] * 5, rng()) == 1.0


def test_the_sampled_permutation_test_agrees_with_the_t_test():
    values = rng(8).normal(0.35, 1, 60)
    expected = stats.ttest_1samp(values, 0).pvalue
    assert 0.001 < expected < 0.2
    assert permutation_test(values, rng(2)) == pytest.approx(expected, abs=0.015)
    assert permutation_test(values, rng(2)) == permutation_test(values, rng(2))
    assert permutation_test(values, rng(2)) == permutation_test(-values, rng(2))


def test_permutations_of_nothing_are_refused():
    with pytest.raises(ValueError, match="0 differences"):
        permutation_test([], rng())
    with pytest.raises(ValueError, match="0 resamples"):
        permutation_test([1.0], rng(), resamples=0)
    with pytest.raises(ValueError, match="difference 0 is inf"):
        permutation_test([float("inf")], rng())
