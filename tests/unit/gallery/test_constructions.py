"""The judges of the constructions decide in exact rationals."""

from fractions import Fraction

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load, make_split


@pytest.fixture
def two_circles():
    task = load("circle-packing", {"n": 2})
    (instance,) = make_split(task, "train", 0)
    return lambda answer: task.judge.score(instance, answer)


def test_touching_circles_are_scored_exactly(two_circles):
    assert two_circles([[0.25, 0.25, 0.25], [0.75, 0.25, 0.25]]) == Fraction(1, 2)


@pytest.mark.parametrize(
    "altered",
    [
        [[0.25, 0.25, 0.25], [0.75 - 1e-15, 0.25, 0.25]],
        [[0.25, 0.25, 0.25 + 1e-15], [0.75, 0.5, 0.25]],
        [[0.25, 0.25, 0.25]],
        [[0.25, 0.25, 0.25], [0.75, 0.25, -0.25]],
        [[0.25, 0.25, 0.25], [0.75, 0.25, 0.0]],
        [[0.25, 0.25, 0.25], [0.75, 0.25, float("nan")]],
        [[0.25, 0.25, 0.25], [0.75, 0.25, True]],
        [[0.25, 0.25, 0.25], [0.75, 5e-324, 0.1]],
        "circles",
    ],
)
def test_overlaps_of_an_ulp_and_altered_circles_are_refused(two_circles, altered):
    with pytest.raises(Refused):
        two_circles(altered)


def test_a_ratio_is_an_exact_fraction_and_points_must_differ():
    task = load("distance-ratio", {"points": 3, "dimension": 2})
    (instance,) = make_split(task, "train", 0)
    assert task.judge.score(instance, [[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]) == 10
    for wrong in (
        [[0.0, 0.0], [0.0, 0.0], [0.0, 3.0]],
        [[0.0, 0.0], [1.0, 0.0]],
        [[0.0, 0.0], [1.0, 0.0], [float("inf"), 1.0]],
        [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0, 1.0]],
    ):
        with pytest.raises(Refused):
            task.judge.score(instance, wrong)


def test_the_answer_of_an_overlapping_point_is_shrunk_until_the_judge_accepts_it():
    task = load("circle-packing", {"n": 5})
    (instance,) = make_split(task, "train", 0)
    problem = task.surrogate()
    assert problem is not None
    corners = [[x, y, 0.25] for x in (0.25, 0.75) for y in (0.25, 0.75)]
    point = np.ravel([*corners, [0.5, 0.5, 0.5**0.5 / 2 - 0.25]])
    exact = task.judge.score(instance, problem.answer(point))
    assert 0 < 0.75 + 0.5**0.5 / 2 - exact < 1e-13


def test_the_least_of_all_triangles_is_scored_exactly_and_points_outside_are_refused():
    task = load("heilbronn", {"points": 4})
    (instance,) = make_split(task, "train", 0)
    corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert task.judge.score(instance, [*corners, [0.25, 0.25]]) == Fraction(1, 4)
    assert task.judge.score(instance, [*corners, [0.5, 0.5]]) == 0
    for wrong in (
        [0.5, 0.5 + 2.0**-52],
        [-1e-16, 0.5],
        [0.5, float("nan")],
        [5e-324, 0.5],
        [0.5, True],
        [0.5],
    ):
        with pytest.raises(Refused):
            task.judge.score(instance, [*corners, wrong])
    with pytest.raises(Refused):
        task.judge.score(instance, corners)


def test_the_parabola_is_worth_what_its_points_are():
    task = load("heilbronn", {"points": 5})
    (instance,) = make_split(task, "train", 0)
    points = [[k / 4, (1 - k / 4) ** 2] for k in range(5)]
    assert task.judge.score(instance, points) == Fraction(2, 4**3)


def test_points_beyond_the_long_side_are_brought_into_the_triangle():
    task = load("heilbronn", {"points": 4})
    (instance,) = make_split(task, "train", 0)
    problem = task.surrogate()
    assert problem is not None
    point = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.6, 0.4 + 1e-9, 0.0])
    assert task.judge.score(instance, problem.answer(point)) >= 0
