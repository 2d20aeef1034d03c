"""Rates learned from many matrices, and the selector that uses them."""

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.judge.selection import (
    Rates,
    Setting,
    b4_scores,
    bayes,
    bayes_scores,
    correctness,
    count_evidence,
    fit_rates,
    known_rates_scores,
    pooled_bayes,
    prior_around,
)


def draw(setting: Setting, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    correct = rng.random((count, setting.solutions)) < setting.x
    right = (rng.random((count, setting.tests)) < setting.y)[:, None, :]
    rate = np.where(right, setting.right, setting.wrong)
    by_chance = rng.random((count, setting.solutions, setting.tests)) < rate
    return np.where(correct[:, :, None], right, by_chance), correct


@pytest.mark.parametrize(
    "setting",
    [
        Setting(),
        Setting(wrong=0.3),
        Setting(y=0.1),
        Setting(x=0.6, y=0.8, wrong=0.05, right=0.7),
        Setting(solutions=4, tests=12),
    ],
)
def test_the_rates_are_found_from_a_hundred_matrices(setting: Setting) -> None:
    matrices, _ = draw(setting, 100, 0)
    found = fit_rates(list(matrices))
    for name in ("x", "y", "wrong", "right"):
        assert getattr(found, name) == pytest.approx(getattr(setting, name), abs=0.07), name


def test_matrices_without_a_correct_solution_are_told_apart() -> None:
    matrices, _ = draw(Setting(x=0.02, tests=60), 200, 1)
    assert fit_rates(list(matrices)).x < 0.04


def test_matrices_of_different_sizes_are_pooled() -> None:
    first, _ = draw(Setting(), 40, 2)
    second, _ = draw(Setting(solutions=6, tests=50), 40, 3)
    assert fit_rates([*first, *second]).y == pytest.approx(0.3, abs=0.04)


def test_one_matrix_alone_gives_rates_within_bounds() -> None:
    for matrix in (np.ones((3, 4)), np.zeros((3, 4)), np.eye(1)):
        found = fit_rates([matrix])
        assert all(0 < getattr(found, name) < 1 for name in ("x", "y", "wrong", "right"))


@pytest.mark.parametrize("setting", [Setting(wrong=0.3), Setting(y=0.1)])
def test_fifty_problems_close_most_of_the_gap_that_b4_leaves(setting: Setting) -> None:
    matrices, correct = draw(setting, 6000, 4)
    prior = prior_around(fit_rates(list(matrices[:50])), 100.0)
    kept = correct.any(axis=1) & ~correct.all(axis=1)
    evidence = count_evidence(matrices[kept])
    scores = (b4_scores(evidence), bayes_scores(evidence, prior), known_rates_scores(evidence, setting.rates))
    b4, pooled, optimum = (correctness(each, correct[kept]).mean() for each in scores)
    assert optimum - b4 > 0.08
    assert optimum - pooled < 0.25 * (optimum - b4)


def test_pooled_bayes_is_bayes_with_the_prior_of_all() -> None:
    matrices = list(draw(Setting(), 12, 5)[0])
    prior = prior_around(fit_rates(matrices), 50.0)
    choices = pooled_bayes(matrices, strength=50.0)
    for matrix, choice in zip(matrices, choices, strict=True):
        np.testing.assert_array_equal(choice.scores, bayes(matrix, prior=prior).scores)
    assert [c.index for c in pooled_bayes(matrices[::-1], strength=50.0)] == [c.index for c in choices][::-1]


def test_the_prior_has_the_rates_as_means_and_the_strength_as_weight() -> None:
    prior = prior_around(Rates(x=0.5, y=0.25, wrong=0.1, right=0.4), 20.0)
    assert (prior.x, prior.y, prior.right, prior.wrong) == ((10, 10), (5, 15), (8, 12), (2, 18))


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(UsageError, match="no matrices"):
        fit_rates([])
    for strength in (0.0, np.inf, np.nan):
        with pytest.raises(UsageError, match="strength"):
            prior_around(Rates(0.5, 0.5, 0.5, 0.5), strength)
