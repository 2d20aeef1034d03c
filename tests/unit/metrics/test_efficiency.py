"""eff@k on cases worked by hand, censored ones included, and Hodges-Lehmann."""

import math

import numpy as np
import pytest
from scipy import stats

from provolve.errors import UsageError
from provolve.judge.metrics import (
    LEVEL_WEIGHTS,
    best_at_k,
    eff_at_k,
    eff_at_k_estimate,
    efficiency,
    hodges_lehmann,
    hodges_lehmann_estimate,
    level_time,
    time_limit,
)

REFERENCES = [0.1, 1.0, 2.0, 4.0]  # T = 8


def test_a_sample_as_fast_as_the_reference_has_efficiency_one() -> None:
    assert efficiency(REFERENCES, REFERENCES) == pytest.approx(1.0)


def test_levels_are_weighted_0_3_3_4() -> None:
    # (8 - 4.5) / 7 = 0.5,  (8 - 6.5) / 6 = 0.25,  (8 - 8) / 4 = 0
    expected = (3 * 0.5 + 3 * 0.25 + 4 * 0.0) / 10
    assert efficiency([0.2, 4.5, 6.5, 8.0], REFERENCES) == pytest.approx(expected)
    assert LEVEL_WEIGHTS == (0.0, 3.0, 3.0, 4.0)


def test_a_sample_faster_than_the_reference_exceeds_one() -> None:
    # 8 / 7, 8 / 6 and 8 / 4
    expected = (3 * 8 / 7 + 3 * 8 / 6 + 4 * 2) / 10
    assert efficiency([0, 0, 0, 0], REFERENCES) == pytest.approx(expected)


def test_censored_levels_score_zero_and_the_others_count() -> None:
    assert efficiency([0.1, 1.0, 2.0, math.inf], REFERENCES) == pytest.approx(0.6)
    assert efficiency([0.1, 1.0, math.inf, math.inf], REFERENCES) == pytest.approx(0.3)
    assert efficiency([0.1, math.inf, math.inf, math.inf], REFERENCES) == 0.0
    assert efficiency([0.1, 9.0, 2.0, 4.0], REFERENCES) == pytest.approx(0.7)


def test_level_zero_counts_only_if_it_has_a_weight() -> None:
    assert efficiency([99.0, 1.0, 2.0, 4.0], REFERENCES) == pytest.approx(1.0)
    assert efficiency([99.0, 1.0], [50.0, 1.0], [0, 1]) == pytest.approx(1.0)
    assert efficiency([100.0, 1.0], [50.0, 1.0], [1, 1]) == pytest.approx((0 + 1.0) / 2)


def test_the_limit_is_twice_the_slowest_reference_that_counts() -> None:
    assert time_limit(REFERENCES) == 8.0
    assert time_limit([50.0, 1.0, 3.0, 2.0]) == 6.0
    assert time_limit(REFERENCES, factor=3.0) == 12.0
    assert efficiency([0.1, 1.0, 2.0, 8.0], REFERENCES, factor=3.0) == pytest.approx((3 + 3 + 4 * 0.5) / 10)


def test_the_time_of_a_level_is_its_slowest_test_by_hodges_lehmann() -> None:
    assert level_time([[1.0, 1.0, 10.0], [2.0, 2.0, 2.0]]) == pytest.approx(3.25)
    assert level_time([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]) == 2.0
    assert level_time([[1.0, 1.0, math.inf], [2.0, 2.0, 2.0]]) == math.inf


def test_eff_at_k_of_four_samples_by_hand() -> None:
    # Ordered 0, .3, .6, 1. Pairs: the larger is .3 once, .6 twice, 1 three times of six.
    samples = [0.6, 0.0, 1.0, 0.3]
    assert eff_at_k(samples, 1) == pytest.approx(1.9 / 4)
    assert eff_at_k(samples, 2) == pytest.approx((0.3 + 2 * 0.6 + 3 * 1.0) / 6)
    assert eff_at_k(samples, 3) == pytest.approx((0.6 + 3 * 1.0) / 4)
    assert eff_at_k(samples, 4) == 1.0


def test_eff_at_k_is_unbiased_with_censored_times() -> None:
    rng, k, n = np.random.default_rng(0), 3, 7

    def draw(rows: int, columns: int) -> np.ndarray:
        times = rng.lognormal(1.2, 0.8, size=(rows, columns))
        return np.maximum(0.0, 8.0 - times) / 4.0

    truth = draw(400_000, k).max(axis=1)
    found = np.array([eff_at_k(row, k) for row in draw(20_000, n)])
    slack = 4 * (found.std() / math.sqrt(20_000) + truth.std() / math.sqrt(400_000))
    assert found.mean() == pytest.approx(truth.mean(), abs=slack)


def test_the_interval_of_eff_at_k_holds_the_estimate() -> None:
    values = np.random.default_rng(1).random(40)
    estimate = eff_at_k_estimate(values, 5, np.random.default_rng(2))
    assert estimate.low < estimate.value == best_at_k(values, 5) < estimate.high
    narrow = eff_at_k_estimate(values, 5, np.random.default_rng(2), confidence=0.5)
    assert narrow.high - narrow.low < estimate.high - estimate.low


@pytest.mark.parametrize(
    "call",
    [
        lambda: level_time([]),
        lambda: level_time([[]]),
        lambda: time_limit([1.0, 2.0]),
        lambda: time_limit(REFERENCES, factor=1.0),
        lambda: time_limit(REFERENCES, [0, 0, 0, 0]),
        lambda: time_limit(REFERENCES, [0, 1, 1, -1]),
        lambda: time_limit([0.0, 1.0, 0.0, 1.0]),
        lambda: efficiency([1.0, 1.0], REFERENCES),
        lambda: efficiency([0.1, 1.0, -2.0, 1.0], REFERENCES),
        lambda: efficiency([0.1, 1.0, math.nan, 1.0], REFERENCES),
    ],
)
def test_times_that_cannot_be_scored_are_refused(call) -> None:
    with pytest.raises(UsageError):
        call()


def test_hodges_lehmann_by_hand() -> None:
    assert hodges_lehmann([3.0]) == 3.0
    assert hodges_lehmann([1.0, 3.0]) == 2.0
    # pair means of 1, 2, 9: 1, 1.5, 2, 5, 5.5, 9
    assert hodges_lehmann([9.0, 1.0, 2.0]) == 3.5


def test_hodges_lehmann_survives_a_censored_minority() -> None:
    assert hodges_lehmann([1.0, 1.0, 1.0, 1.0, math.inf]) == 1.0
    assert hodges_lehmann([1.0, math.inf, math.inf]) == math.inf


@pytest.mark.parametrize("n", [6, 7, 20, 60, 61, 100])
def test_the_signed_rank_interval_covers_and_is_as_wide_as_needed(n: int) -> None:
    rng = np.random.default_rng(n)
    estimates = [hodges_lehmann_estimate(row) for row in rng.standard_normal((1500, n))]
    covered = np.mean([e.low <= 0.0 <= e.high for e in estimates])
    assert 0.94 <= covered <= 0.985
    assert all(e.low <= e.value <= e.high for e in estimates)


def test_the_signed_rank_interval_inverts_scipys_test() -> None:
    values = np.random.default_rng(8).normal(1.0, 2.0, 15)
    estimate = hodges_lehmann_estimate(values)
    inside, outside = 1e-6, -1e-6
    for end, into in ((estimate.low, 1), (estimate.high, -1)):
        assert stats.wilcoxon(values - (end + into * inside), mode="exact").pvalue > 0.05
        assert stats.wilcoxon(values - (end + into * outside), mode="exact").pvalue <= 0.05


def test_too_few_measurements_give_their_range() -> None:
    estimate = hodges_lehmann_estimate([1.0, 2.0, 4.0])
    assert (estimate.low, estimate.high, estimate.method) == (1.0, 4.0, "none")
    assert hodges_lehmann_estimate([1.0, 2.0, 4.0], confidence=0.5).method == "signed ranks"
    assert hodges_lehmann_estimate([1.0, 2.0], confidence=0.5).method == "signed ranks"


@pytest.mark.parametrize("values", [[], [math.nan], [-math.inf], [[1.0]]])
def test_no_centre_of_no_measurements(values) -> None:
    with pytest.raises(UsageError):
        hodges_lehmann(values)
