"""The probability that each solution is correct, in the setting of B4.

Solutions are correct with rate x, tests with rate y. A correct solution passes exactly the correct tests. A
wrong solution passes a correct test with rate ``right`` and a wrong test with rate ``wrong``, independently.

So a correct solution's row *is* the list of the correct tests, and all correct solutions lie in one class of
equal rows. Not all of that class need be correct: a wrong solution can show the same row by chance. The
posterior is therefore a sum over classes and, within a class of size c, over the number s = 1 ... c of
correct members, with c-choose-s ways each: as many terms as there are solutions. No enumeration of 2^n x 2^m
states is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from provolve.judge.selection.choice import FloatArray
from provolve.judge.selection.evidence import Evidence
from provolve.judge.selection.gamma_functions import log_beta, log_choose, log_normal_cdf, logit_moments

Pair = tuple[float, float]


@dataclass(frozen=True)
class Rates:
    """The four rates of the setting, each strictly between 0 and 1.

    Args:
        x: share of correct solutions.
        y: share of correct tests.
        wrong: rate at which a wrong solution passes a wrong test (theta 0 of the paper).
        right: rate at which a wrong solution passes a correct test (theta 1 of the paper).
    """

    x: float
    y: float
    wrong: float
    right: float


@dataclass(frozen=True)
class Prior:
    """Beta priors of the four rates, each as (pseudo-count of yes, pseudo-count of no), both above 0.

    Args:
        x: of solutions being correct.
        y: of tests being correct.
        right: of wrong solutions passing correct tests.
        wrong: of wrong solutions passing wrong tests.
        ordered: whether ``right`` is known to exceed ``wrong``.
    """

    x: Pair = (1.0, 1.0)
    y: Pair = (1.0, 1.0)
    right: Pair = (1.0, 1.0)
    wrong: Pair = (1.0, 1.0)
    ordered: bool = False


def known_rates_scores(evidence: Evidence, rates: Rates) -> FloatArray:
    """Log probability, up to a constant, that a solution is correct if the rates are known: the exact
    optimum.

    No selector can be right more often than the one that takes the best of these scores, (..., n).
    """
    size, passes = evidence.class_size, evidence.passes
    others = evidence.solutions - size
    passed_right = evidence.support - size * passes
    passed_wrong = evidence.total - evidence.support
    by_chance = passes * np.log(rates.right) + (evidence.tests - passes) * np.log1p(-rates.wrong)
    rest = (
        _log_likelihood(passed_right, others * passes, rates.right)
        + _log_likelihood(passed_wrong, others * (evidence.tests - passes), rates.wrong)
        + others * np.log1p(-rates.x)
    )
    companions = (size - 1.0) * np.logaddexp(np.log(rates.x), np.log1p(-rates.x) + by_chance)
    tests = _log_likelihood(passes, evidence.tests, rates.y)
    return np.asarray(np.log(rates.x) + companions + rest + tests)


def _log_likelihood(yes: FloatArray, count: FloatArray | float, rate: float) -> FloatArray:
    return np.asarray(yes * np.log(rate) + (count - yes) * np.log1p(-rate))


def posterior_scores(evidence: Evidence, prior: Prior) -> FloatArray:
    """Log probability that each solution is correct, given that at least one is, (..., n).

    The four rates are integrated out under ``prior``. Exact, but for the factor that ``ordered`` brings: the
    probability of right > wrong is taken from a normal distribution of the difference of their logits with
    the exact mean and variance.
    """
    size, members = evidence.class_size, evidence.rank
    term = _log_joint(evidence, members, prior)
    own = _sum_by_class(term + log_choose(size - 1.0, members - 1.0), evidence)
    mass = _sum_by_class(term + log_choose(size, members), evidence) - np.log(size)
    top = mass.max(axis=-1, keepdims=True)
    return np.asarray(own - top - np.log(np.exp(mass - top).sum(axis=-1, keepdims=True)))


def _log_joint(evidence: Evidence, members: FloatArray, prior: Prior) -> FloatArray:
    """Log probability, up to a constant, of the matrix and of ``members`` of each class being the correct
    ones."""
    passes = evidence.passes
    wrong = evidence.solutions - members
    passed_right = evidence.support - members * passes
    passed_wrong = evidence.total - evidence.support
    right = (passed_right + prior.right[0], wrong * passes - passed_right + prior.right[1])
    other = (passed_wrong + prior.wrong[0], wrong * (evidence.tests - passes) - passed_wrong + prior.wrong[1])
    joint = (
        log_beta(members + prior.x[0], wrong + prior.x[1])
        + log_beta(passes + prior.y[0], evidence.tests - passes + prior.y[1])
        + log_beta(*right)
        + log_beta(*other)
    )
    return joint + _log_ordered(right, other) if prior.ordered else joint


def _log_ordered(right: tuple[FloatArray, FloatArray], wrong: tuple[FloatArray, FloatArray]) -> FloatArray:
    mean_right, variance_right = logit_moments(*right)
    mean_wrong, variance_wrong = logit_moments(*wrong)
    return log_normal_cdf((mean_right - mean_wrong) / np.sqrt(variance_right + variance_wrong))


def _sum_by_class(terms: FloatArray, evidence: Evidence) -> FloatArray:
    """Log of the sum of exponentials over each class, given back to every member."""
    key = evidence.key.ravel()
    top = np.full(int(key.max()) + 1, -np.inf)
    np.maximum.at(top, key, terms.ravel())
    total = np.bincount(key, weights=np.exp(terms.ravel() - top[key]))
    return np.asarray((top + np.log(total))[evidence.key])
