"""Selectors on a matrix of passes: hand-worked choices, ties, explanations, refusals."""

import math

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.judge.selection import (
    SELECTORS,
    b4,
    b4_scores,
    bayes,
    choose,
    codet,
    count_evidence,
    max_pass,
    mbr_exec,
)

# Rows 0 and 3 agree on 3 passes; row 1 passes most; rows 2, 4 and 5 agree on a single pass.
MATRIX = np.array(
    [
        [1, 1, 1, 0, 0],
        [1, 0, 1, 1, 1],
        [0, 0, 0, 0, 1],
        [1, 1, 1, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1],
    ],
    dtype=bool,
)


def test_max_pass_takes_the_most_passes() -> None:
    choice = max_pass(MATRIX)
    assert (choice.index, choice.ties) == (1, (1,))
    assert choice.scores.tolist() == [3, 4, 1, 3, 1, 1]


def test_mbr_exec_takes_the_largest_class() -> None:
    choice = mbr_exec(MATRIX)
    assert (choice.index, choice.ties) == (2, (2, 4, 5))
    assert choice.scores.tolist() == [2, 1, 3, 2, 3, 3]


def test_codet_weighs_passes_by_the_root_of_the_class() -> None:
    choice = codet(MATRIX)
    assert (choice.index, choice.ties) == (0, (0, 3))
    root2, root3 = math.sqrt(2), math.sqrt(3)
    np.testing.assert_allclose(choice.scores, [3 * root2, 4, root3, 3 * root2, root3, root3])


def test_b4_is_the_sum_of_four_log_betas() -> None:
    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    # The class {0, 3} passes tests 0, 1, 2. The other four rows pass 2 of those
    # 12 cells and 5 of the 8 others.
    expected = (
        log_beta(2 + 10, 4 + 1) + log_beta(3 + 10, 2 + 1) + log_beta(2 + 1, 10 + 1) + log_beta(5 + 1, 3 + 10)
    )
    scores = b4(MATRIX).scores
    assert scores[0] == pytest.approx(expected, abs=1e-9)
    assert scores[3] == scores[0]


def test_b4_hyperparameters_are_read() -> None:
    # With hardly any belief that tests are right, the class of one pass but three members wins.
    assert b4(MATRIX, alpha=0.1, beta=0.1).scores[0] != b4(MATRIX).scores[0]
    assert b4(MATRIX, alpha=0.1).scores[0] != b4(MATRIX, alpha=0.1, beta=3.0).scores[0]


def test_bayes_finds_the_correct_pair_among_scattered_wrong_solutions() -> None:
    rng = np.random.default_rng(5)
    matrix = rng.random((8, 30)) < 0.2
    matrix[[2, 6]] = rng.random(30) < 0.5
    choice = bayes(matrix)
    assert choice.ties == (2, 6)
    assert np.exp(choice.scores[2]) > 0.95


@pytest.mark.parametrize("name", SELECTORS)
def test_ties_go_to_the_lowest_index_and_are_listed(name: str) -> None:
    choice = SELECTORS[name](np.eye(4, dtype=bool))
    assert choice.index == 0
    assert choice.ties == (0, 1, 2, 3)


@pytest.mark.parametrize("name", SELECTORS)
def test_one_solution_and_one_test_suffice(name: str) -> None:
    assert SELECTORS[name]([[0]]).index == 0


@pytest.mark.parametrize("name", SELECTORS)
def test_zeros_and_ones_are_taken_as_booleans(name: str) -> None:
    np.testing.assert_array_equal(SELECTORS[name](MATRIX.astype(int)).scores, SELECTORS[name](MATRIX).scores)


@pytest.mark.parametrize("name", SELECTORS)
def test_the_explanation_names_the_choice(name: str) -> None:
    choice = SELECTORS[name](MATRIX)
    assert str(choice.index) in choice.explanation[0]


@pytest.mark.parametrize("select", [b4, bayes, codet, mbr_exec, max_pass])
@pytest.mark.parametrize("bad", [[0, 1], [[]], [[0.5, 1]], [["a"]], np.zeros((2, 0)), [[2]]])
def test_what_is_no_matrix_of_passes_is_refused(select, bad) -> None:
    with pytest.raises(UsageError):
        select(bad)


def test_counts_of_many_matrices_at_once_equal_those_of_each() -> None:
    rng = np.random.default_rng(0)
    matrices = rng.random((50, 6, 4)) < 0.5
    together = b4_scores(count_evidence(matrices))
    for matrix, scores in zip(matrices, together, strict=True):
        np.testing.assert_allclose(b4_scores(count_evidence(matrix)), scores, rtol=1e-12)


def test_equal_rows_of_different_matrices_are_different_classes() -> None:
    evidence = count_evidence(np.ones((2, 3, 5), dtype=bool))
    assert evidence.class_size.tolist() == [[3, 3, 3]] * 2
    assert evidence.rank.tolist() == [[1, 2, 3]] * 2


def test_the_support_of_a_solution_counts_passes_on_its_tests() -> None:
    evidence = count_evidence(MATRIX)
    assert evidence.support.tolist() == [3 + 2 + 3, 3 + 3 + 1 + 4, 4, 8, 4, 4]
    assert set(evidence.total.tolist()) == {13.0}


def test_choose_refuses_no_scores_and_nan() -> None:
    with pytest.raises(UsageError, match="shape"):
        choose([])
    with pytest.raises(UsageError, match="solution 1"):
        choose([0.0, math.nan])


def test_choose_takes_the_first_if_none_is_eligible() -> None:
    assert choose([-math.inf, -math.inf]).ties == (0, 1)


def test_scores_apart_by_rounding_only_are_ties() -> None:
    assert choose([1e6, 1e6 + 1e-5, 1.0]).ties == (0, 1)
    assert choose([1.0, 1.0 + 1e-6]).ties == (1,)


def test_thousands_of_solutions_are_chosen_among() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.random((3000, 200)) < 0.3
    truth = rng.random(200) < 0.5
    matrix[1000:1100] = truth
    for name in ("b4", "bayes", "codet", "mbr-exec"):
        assert SELECTORS[name](matrix).ties == tuple(range(1000, 1100)), name
