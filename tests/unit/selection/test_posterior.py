"""The posterior in closed form against brute force, and its parts against scipy."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from provolve.errors import UsageError
from provolve.judge.selection import (
    Prior,
    Rates,
    count_evidence,
    enumerate_posterior,
    known_rates_scores,
    posterior_scores,
)
from provolve.judge.selection.gamma_functions import (
    log_beta,
    log_choose,
    log_gamma,
    log_normal_cdf,
    logit_moments,
)

PRIORS = [Prior(), Prior((10, 1), (3, 1), (1, 1), (1, 20)), Prior((0.5, 2), (2, 0.3), (4, 1), (1, 3))]


def small_matrices() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    matrices = [rng.random((4, 6)) < rate for rate in np.linspace(0.05, 0.95, 8)]
    for matrix in matrices[::2]:
        matrix[2] = matrix[0]
    return [*matrices, np.ones((3, 4), dtype=bool), np.zeros((3, 4), dtype=bool), np.ones((1, 1), dtype=bool)]


@pytest.mark.parametrize("prior", PRIORS)
def test_the_posterior_equals_enumeration(prior: Prior) -> None:
    for matrix in small_matrices():
        found = np.exp(posterior_scores(count_evidence(matrix), prior))
        np.testing.assert_allclose(found, enumerate_posterior(matrix, prior), atol=1e-10)


def test_the_optimum_with_known_rates_equals_enumeration() -> None:
    rates = Rates(x=0.3, y=0.4, wrong=0.15, right=0.6)
    for matrix in small_matrices():
        scores = np.exp(known_rates_scores(count_evidence(matrix), rates))
        expected = enumerate_posterior(matrix, rates)
        np.testing.assert_allclose(scores / scores.max(), expected / expected.max(), rtol=1e-9)


def test_an_ordered_prior_is_near_the_integral_over_right_above_wrong() -> None:
    matrix = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    found = np.exp(posterior_scores(count_evidence(matrix), Prior(ordered=True)))
    np.testing.assert_allclose(found, ordered_by_integration(matrix), atol=0.02)
    plain = np.exp(posterior_scores(count_evidence(matrix), Prior()))
    assert abs(plain - found).max() > 0.005


def ordered_by_integration(matrix: np.ndarray) -> np.ndarray:
    def above(a1: int, b1: int, a0: int, b0: int) -> float:
        density = stats.beta(a1, b1).pdf
        return integrate.quad(lambda p: density(p) * special.betainc(a0, b0, p), 0, 1)[0]

    mass, total = np.zeros(len(matrix)), 0.0
    for state in range(1, 2 ** len(matrix)):
        correct = np.array([state >> i & 1 for i in range(len(matrix))], dtype=bool)
        row = matrix[correct][0]
        if (matrix[correct] != row).any():
            continue
        right, wrong = matrix[~correct][:, row], matrix[~correct][:, ~row]
        a1, b1 = right.sum() + 1, (~right).sum() + 1
        a0, b0 = wrong.sum() + 1, (~wrong).sum() + 1
        weight = special.beta(correct.sum() + 1, (~correct).sum() + 1) * special.beta(
            row.sum() + 1, (~row).sum() + 1
        )
        weight *= special.beta(a1, b1) * special.beta(a0, b0) * above(a1, b1, a0, b0)
        mass += weight * correct
        total += weight
    return mass / total


def test_enumeration_refuses_what_it_cannot_do() -> None:
    with pytest.raises(UsageError, match="2\\^21"):
        enumerate_posterior(np.ones((11, 10), dtype=bool), Prior())
    with pytest.raises(UsageError, match="ordered"):
        enumerate_posterior([[1]], Prior(ordered=True))


def test_a_large_matrix_does_not_overflow() -> None:
    rng = np.random.default_rng(0)
    scores = posterior_scores(count_evidence(rng.random((1500, 400)) < 0.5), Prior(ordered=True))
    assert np.isfinite(scores).all()
    assert np.exp(scores).sum() == pytest.approx(1.0)


def test_log_gamma_and_its_kin_match_scipy() -> None:
    x = np.geomspace(1e-3, 1e9, 500)
    np.testing.assert_allclose(log_gamma(x), special.gammaln(x), rtol=1e-12, atol=1e-12)
    a, b = np.geomspace(0.1, 1e6, 300), np.geomspace(1e6, 0.5, 300)
    np.testing.assert_allclose(log_beta(a, b), special.betaln(a, b), rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(np.exp(log_choose([5, 10, 7], [2, 10, 0])), [10, 1, 1], rtol=1e-12)


def test_moments_of_the_logit_match_scipy() -> None:
    a, b = np.geomspace(0.05, 1e6, 200), np.geomspace(1e5, 0.1, 200)
    mean, variance = logit_moments(a, b)
    np.testing.assert_allclose(mean, special.digamma(a) - special.digamma(b), atol=1e-9)
    np.testing.assert_allclose(variance, special.polygamma(1, a) + special.polygamma(1, b), rtol=1e-10)


def test_the_normal_distribution_matches_scipy_far_into_the_tail() -> None:
    z = np.linspace(-200.0, 9.0, 2000)
    np.testing.assert_allclose(log_normal_cdf(z), special.log_ndtr(z), rtol=1e-5, atol=1e-15)
