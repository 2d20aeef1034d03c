"""The judges of step functions decide in whole numbers, and their surrogates tell the same story."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.errors import Refused
from provolve.task import load, make_split

NAMES = ("autocorrelation", "autocorrelation-first", "erdos-overlap")
heights = st.lists(st.integers(0, 9), min_size=2, max_size=8).filter(any)


def judged(name, steps=8):
    task = load(name, {"steps": steps})
    (instance,) = make_split(task, "train", 0)
    return lambda answer: task.judge.score(instance, answer)


JUDGES = {name: judged(name) for name in NAMES}


def sums_of_products(left, right):
    """Return the convolution as it is written in a textbook."""
    sums = [0] * (len(left) + len(right) - 1)
    for (i, a), (j, b) in product(enumerate(left), enumerate(right)):
        sums[i + j] += a * b
    return sums


def integral_of_square(levels):
    """Return the integral of the square of a function linear between ``levels`` at unit steps, by Simpson."""
    ends = [0, *levels, 0]
    return sum(Fraction(a * a + (a + b) ** 2 + b * b, 6) for a, b in pairwise(ends))


@given(heights)
def test_the_second_inequality_is_that_of_the_norms(answer):
    levels = sums_of_products(answer, answer)
    wanted = integral_of_square(levels) / (sum(levels) * max(levels))
    assert JUDGES["autocorrelation"](answer) == wanted <= 1


@given(heights)
def test_the_first_inequality_is_that_of_peak_and_integral(answer):
    width = Fraction(1, 2 * len(answer))
    peak, integral = width * max(sums_of_products(answer, answer)), width * sum(answer)
    assert JUDGES["autocorrelation-first"](answer) == peak / integral**2 >= 1


@given(heights)
def test_overlaps_are_those_of_the_function_and_what_it_lacks_to_one(answer):
    width = Fraction(2, len(answer))
    inside = [height / (width * sum(answer)) for height in answer]
    if max(inside) > 1:
        with pytest.raises(Refused, match="above 1"):
            JUDGES["erdos-overlap"](answer)
        return
    overlaps = [
        width * sum(h * (1 - inside[i + k]) for i, h in enumerate(inside) if 0 <= i + k < len(inside))
        for k in range(-len(inside), len(inside))
    ]
    assert JUDGES["erdos-overlap"](answer) == max(overlaps)


@given(heights, st.sampled_from(NAMES), st.integers(1, 5))
def test_neither_a_factor_nor_halved_steps_change_a_score(answer, name, factor):
    finer = judged(name, 16)
    try:
        score = finer(answer)
    except Refused:
        return
    assert finer([factor * 0.25 * height for height in answer]) == score
    assert finer([height for height in answer for _ in range(2)]) == score


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "altered",
    [
        "heights",
        [1.0],
        [1.0] * 9,
        [0.0, 0.0, 0.0],
        [1.0, -1e-16, 1.0],
        [1.0, float("nan"), 1.0],
        [1.0, float("inf"), 1.0],
        [1.0, 5e-324, 1.0],
        [1.0, True, 1.0],
        [1.0, [1.0], 1.0],
        [1.0, 1.1e6, 1.0],
    ],
)
def test_altered_heights_are_refused(name, altered):
    with pytest.raises(Refused):
        JUDGES[name](altered)


def test_a_height_above_one_by_an_ulp_is_refused():
    allowed = [1.0, 0.0, 1.0, 0.0]
    assert JUDGES["erdos-overlap"](allowed) == 1
    with pytest.raises(Refused, match="height 2 is above 1"):
        JUDGES["erdos-overlap"]([1.0, 0.0, 1.0 + 2.0**-52, 0.0])


@pytest.mark.parametrize("name", NAMES)
def test_a_surrogate_has_the_value_of_its_answer(name):
    task = load(name, {"steps": 160})
    (instance,) = make_split(task, "train", 0)
    problem = task.surrogate()
    assert problem is not None
    assert [level.items for level in problem.levels()][-2:] == [80, 160]
    rng = np.random.default_rng(1)
    point = problem.fitted(rng.random((1, problem.size)))[0]
    value = float(problem.evaluate(point[None, :])[0][0])
    exact = float(task.judge.score(instance, problem.answer(point)))
    assert {"autocorrelation": -value, "erdos-overlap": value / 10}.get(name, value) == pytest.approx(
        exact, abs=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_finer_level_begins_with_the_same_value(name):
    problem = load(name, {"steps": 160}).surrogate()
    assert problem is not None
    assert problem.coarser is not None
    assert problem.refine is not None
    coarse = problem.coarser.fitted(np.random.default_rng(2).random((3, problem.coarser.size)))
    fine = problem.fitted(problem.refine(coarse))
    assert problem.evaluate(fine)[0] == pytest.approx(problem.coarser.evaluate(coarse)[0], abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_smoothed_problem_nears_the_exact_one(name):
    problem = load(name, {"steps": 40}).surrogate()
    assert problem is not None
    assert problem.smoothed is not None
    items = problem.fitted(np.random.default_rng(3).random((2, problem.size)))[:, :40]
    soft, sharp, sharper = (problem.smoothed(items, np.full(2, by))[0] for by in (10.0, 1e4, 1e7))
    assert (soft > sharp).all()
    assert sharp == pytest.approx(sharper, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_the_smoothed_problem_are_those_of_differences(name):
    problem = load(name, {"steps": 12}).surrogate()
    assert problem is not None
    assert problem.smoothed is not None
    # Half of the points have a mean below a half, for which erdos-overlap has a price.
    items = np.random.default_rng(4).random((4, 12)) * [[1.0], [1.0], [0.5], [0.5]]
    sharpness = np.array([10.0, 100.0, 10.0, 100.0])
    _, gradient = problem.smoothed(items, sharpness)
    for place in range(12):
        step = np.zeros(12)
        step[place] = 1e-6
        over, under = (problem.smoothed(items + sign * step, sharpness)[0] for sign in (1, -1))
        assert gradient[:, place] == pytest.approx((over - under) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_program_passes_with_any_number_of_steps(name):
    names: dict = {}
    exec(load(name).program.source, names)
    for steps in range(2, 24):
        assert judged(name, steps)(names["heights"](steps)) > 0
