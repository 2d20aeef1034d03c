"""The ratio of two programs' times: what it is made of, and what its interval holds."""

import numpy as np
import pytest

from provolve.judge.statistics import least_seconds, ratio_of_minima, widened
from provolve.record import Ratio

FLOOR = [[0.5, 0.5, 0.5], [0.4, 0.6, 0.5]]


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def samples(total: float, noise: float, seed: int, rounds: int = 8, parts: int = 20) -> np.ndarray:
    """Times that are disturbed in one direction only, as those of a machine are."""
    draw = np.random.default_rng(seed)
    sizes = np.random.default_rng(0).uniform(0.5, 1.5, parts)
    return total * sizes * (1 + noise * draw.exponential(size=(rounds, parts)))


def test_the_least_of_each_part_counts_above_the_least_of_the_floor() -> None:
    found = least_seconds([[3.0, 9.0, 0.4], [5.0, 2.0, 0.45]], FLOOR)
    assert found.tolist() == pytest.approx([2.6, 1.5, 0.0])


def test_the_ratio_is_of_the_sums_of_the_least() -> None:
    first = [[2.4, 1.5, 1.5], [9.0, 9.0, 9.0]]
    second = [[9.0, 4.5, 9.0], [4.4, 9.0, 4.5]]
    assert ratio_of_minima(first, second, FLOOR, rng()).value == pytest.approx((2 + 1 + 1) / (4 + 4 + 4))


def test_the_interval_holds_the_truth_and_tells_far_from_near() -> None:
    floor = np.zeros((8, 20))
    held = 0
    for study in range(60):
        found = ratio_of_minima(
            samples(0.8, 0.1, 2 * study), samples(1.0, 0.1, 2 * study + 1), floor, rng(), resamples=300
        )
        held += found.low <= 0.8 <= found.high
        assert found.low <= found.value <= found.high
        assert found.finding == "better"
    assert held >= 50


def test_equal_programs_are_at_parity_and_near_ones_too() -> None:
    floor = np.zeros((8, 20))
    same = ratio_of_minima(samples(1.0, 0.1, 1), samples(1.0, 0.1, 2), floor, rng())
    assert same.finding == "parity"
    assert Ratio(0.96, 0.958, 0.962).finding == "parity"
    assert Ratio(0.94, 0.938, 0.942).finding == "better"
    assert Ratio(0.90, 0.7, 1.01).finding == "parity"
    assert Ratio(1.2, 1.1, 1.3).finding == "worse"
    assert Ratio(1.04, 1.03, 1.05).finding == "parity"


def test_a_kept_part_is_in_every_draw() -> None:
    first, second = np.ones((4, 3)), np.ones((4, 3))
    first[:, 0], second[:, 0] = 1000.0, 500.0
    floor = np.zeros((4, 3))
    kept = ratio_of_minima(first, second, floor, rng(), kept=1)
    assert kept.low == pytest.approx(kept.high, rel=0.01)
    free = ratio_of_minima(first, second, floor, rng())
    assert free.low == pytest.approx(1.0)


def test_the_control_widens_by_its_spread_on_both_sides() -> None:
    found = widened(Ratio(0.5, 0.4, 0.6), Ratio(1.0, 0.8, 1.1))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.32, 0.75))
    assert widened(Ratio(0.9, 0.88, 0.92), Ratio(1.0, 0.98, 1.12)).finding == "parity"


def test_programs_that_do_nothing_are_equal() -> None:
    assert ratio_of_minima(FLOOR, FLOOR, FLOOR, rng()) == Ratio(1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "floor", "message"),
    [
        ([1.0], [[1.0]], [[0.0]], "shape"),
        ([[1.0, 2.0]], [[1.0]], [[0.0]], "do not fit"),
        ([[1.0]], [[1.0]], [[0.0, 0.0]], "do not fit"),
        ([[np.nan]], [[1.0]], [[0.0]], "not finite"),
        ([[-1.0]], [[1.0]], [[0.0]], "negative"),
    ],
)
def test_samples_that_cannot_be_are_refused(first, second, floor, message) -> None:
    with pytest.raises(ValueError, match=message):
        ratio_of_minima(first, second, floor, rng())
