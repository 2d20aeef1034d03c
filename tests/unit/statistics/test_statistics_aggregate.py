from fractions import Fraction

import pytest

from provolve.judge.statistics import loss

SCORES, REFERENCE = [2, 3.0, Fraction(1, 2)], [4, 2.0, 1]


@pytest.mark.parametrize(
    ("aggregate", "minimize", "maximize"),
    [
        ("ratio", (0.5 + 1.5 + 0.5) / 3, -(0.5 + 1.5 + 0.5) / 3),
        ("mean", 5.5 / 3, -5.5 / 3),
        ("sum_ratio", 5.5 / 7, -5.5 / 7),
        ("worst", 3.0, -0.5),
    ],
)
def test_each_aggregate_in_both_directions(aggregate, minimize, maximize):
    assert loss(SCORES, REFERENCE, aggregate, "minimize") == pytest.approx(minimize, rel=1e-15)
    assert loss(SCORES, REFERENCE, aggregate, "maximize") == pytest.approx(maximize, rel=1e-15)


def test_the_default_is_the_ratio_to_be_minimized():
    assert loss([3, 3], [2, 6]) == 1.0
    assert type(loss([3, 3], [2, 6])) is float


def test_exact_scores_are_divided_exactly():
    huge = 10**400
    with pytest.raises(ValueError, match="too large"):
        loss([huge], [huge])
    third = Fraction(1, 3)
    assert loss([third], [third * 3]) == float(third)
    assert loss([2**53 + 1], [2**53 + 1]) == 1.0


def test_negative_scores_are_fine_where_the_reference_is_positive():
    assert loss([-1, 1], [1, 2]) == -0.25
    assert loss([-5, 1], [], "mean", "maximize") == 2.0
    assert loss([-5, 1], [], "worst", "maximize") == 5.0


@pytest.mark.parametrize(
    ("reference", "aggregate", "words"),
    [
        ([1, 0], "ratio", "instance 1 is 0"),
        ([1, 0.0], "ratio", "instance 1 is 0.0"),
        ([-1, 1], "ratio", "instance 0 is -1"),
        ([1, Fraction(-1, 2)], "sum_ratio", "instance 1 is -1/2"),
        ([0, 0], "sum_ratio", "all reference scores are 0"),
    ],
)
def test_a_reference_that_allows_no_ratio_is_refused_with_the_remedy(reference, aggregate, words):
    with pytest.raises(ValueError, match=f'{words}.*aggregate = "mean"'):
        loss([1, 1], reference, aggregate)


def test_some_references_of_zero_are_fine_in_a_ratio_of_sums():
    assert loss([1, 1], [0, 4], "sum_ratio") == 0.5


@pytest.mark.parametrize("aggregate", ["ratio", "mean", "sum_ratio", "worst"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), 10**400])
def test_scores_that_are_not_finite_are_refused(aggregate, bad):
    with pytest.raises(ValueError, match="score of instance 1"):
        loss([1, bad], [1, 1], aggregate)


def test_references_that_are_not_finite_or_too_few_are_refused():
    with pytest.raises(ValueError, match="reference score of instance 0 is not finite"):
        loss([1, 1], [float("nan"), 1])
    with pytest.raises(ValueError, match="2 scores against 1"):
        loss([1, 1], [1])
    with pytest.raises(ValueError, match="no score"):
        loss([], [], "mean")


@pytest.mark.parametrize("aggregate", ["ratio", "mean"])
def test_a_loss_that_overflows_is_refused(aggregate):
    with pytest.raises(ValueError, match="too large"):
        loss([1.7e308, 1.7e308], [1e-300, 1e-300], aggregate)
