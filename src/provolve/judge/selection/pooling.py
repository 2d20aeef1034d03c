"""The rates of the setting, learned from the matrices of many problems that share a generator.

One matrix says little of how many of its tests are right; fifty say enough. See docs/why/selection.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.bayes import bayes
from provolve.judge.selection.choice import Choice, FloatArray
from provolve.judge.selection.evidence import count_evidence, read_matrix
from provolve.judge.selection.gamma_functions import log_choose
from provolve.judge.selection.posterior import Prior, Rates

_ROUNDS = 200
_STEADY = 1e-6
_PSEUDO = {"x": (1.0, 1.0), "y": (3.0, 1.0), "right": (1.0, 1.0), "wrong": (1.0, 9.0)}
"""Added to the expected counts, so that a few matrices cannot drive a rate to 0 or 1; also where fitting
starts from. The start decides which of two mirror images is found: right tests pass more often."""


@dataclass(frozen=True, eq=False)
class _States:
    """One matrix: what is counted in every state (class and number of correct members) and in none correct.

    ``yes`` and ``no`` have one row each for x, y, right and wrong and one column a state.
    """

    ways: FloatArray
    yes: FloatArray
    no: FloatArray
    columns: FloatArray
    solutions: int


def fit_rates(matrices: Sequence[npt.ArrayLike]) -> Rates:
    """Find the most likely four rates shared by many matrices, by expectation and maximisation.

    Every state of each matrix is weighed by its probability under the rates (no correct solution is one of
    them), the four counts are averaged, and the rates are set to the shares, until they hold still.

    Args:
        matrices: matrices of passes, (n, m) each, of any sizes; some tens of problems of one generator of
            solutions and one of tests.

    Raises:
        UsageError: no matrix, or something that is not one.
    """
    if len(matrices) == 0:
        raise UsageError("there are no matrices to learn rates from; give some tens")
    states = [_states(matrix) for matrix in matrices]
    start = np.asarray(list(_PSEUDO.values()))
    rates = start[:, 0] / start.sum(axis=1)
    for _ in range(_ROUNDS):
        counts = start + sum(_expected_counts(each, rates) for each in states)
        before, rates = rates, counts[:, 0] / counts.sum(axis=1)
        if np.abs(rates - before).max() < _STEADY:
            break
    x, y, right, wrong = (float(rate) for rate in rates)
    return Rates(x=x, y=y, wrong=wrong, right=right)


def prior_around(rates: Rates, strength: float) -> Prior:
    """Beta priors with the rates as their means, for ``bayes``.

    Args:
        rates: such as ``fit_rates`` found.
        strength: pseudo-count of each prior, above 0: the more alike the problems are, the larger.

    Raises:
        UsageError: a strength not above 0.
    """
    if not (strength > 0 and math.isfinite(strength)):
        raise UsageError(f"the strength is {strength}; give a pseudo-count above 0")
    x, y, right, wrong = (
        (strength * rate, strength * (1.0 - rate)) for rate in (rates.x, rates.y, rates.right, rates.wrong)
    )
    return Prior(x, y, right, wrong)


def pooled_bayes(matrices: Sequence[npt.ArrayLike], *, strength: float = 30.0) -> tuple[Choice, ...]:
    """Choose in each of many matrices by ``bayes``, with priors learned from all of them together.

    Args:
        matrices: matrices of passes, (n, m) each, of any sizes, of problems that share their generators.
        strength: as in ``prior_around``. See docs/why/selection.md for what 10, 30 and 100 do.

    Returns:
        One choice a matrix, in order.

    What a change may change: as ``bayes``, within a matrix; the order of the matrices permutes the choices;
    another matrix moves the rates, and so can change any choice.

    Raises:
        UsageError: no matrix, something that is not one, or a strength not above 0.
    """
    prior = prior_around(fit_rates(matrices), strength)
    return tuple(bayes(matrix, prior=prior) for matrix in matrices)


def _states(matrix: npt.ArrayLike) -> _States:
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    correct, passed = evidence.rank, evidence.passes
    wrong = evidence.solutions - correct
    right_yes = evidence.support - correct * passed
    wrong_yes = evidence.total - evidence.support
    yes = np.stack([correct, passed, right_yes, wrong_yes])
    out_of = np.stack(
        [wrong + correct, 0 * passed + evidence.tests, wrong * passed, wrong * (evidence.tests - passed)]
    )
    ways = log_choose(evidence.class_size, correct)
    return _States(ways, yes, out_of - yes, passes.sum(axis=0).astype(np.float64), evidence.solutions)


def _expected_counts(states: _States, rates: FloatArray) -> FloatArray:
    """Expected (yes, no) of x, y, right and wrong, (4, 2)."""
    logs, unlogs = np.log(rates), np.log1p(-rates)
    joint = states.ways + logs @ states.yes + unlogs @ states.no
    none, counts_of_none = _none_correct(states, logs, unlogs)
    top = max(float(joint.max()), none)
    weights, weight_of_none = np.exp(joint - top), math.exp(none - top)
    counts = np.stack([states.yes @ weights, states.no @ weights], axis=1) + weight_of_none * counts_of_none
    return np.asarray(counts / (weights.sum() + weight_of_none))


def _none_correct(states: _States, logs: FloatArray, unlogs: FloatArray) -> tuple[float, FloatArray]:
    """Log probability that no solution is correct, and the counts then expected: each test is right or
    not."""
    yes, no = states.columns, states.solutions - states.columns
    if_right = logs[1] + yes * logs[2] + no * unlogs[2]
    if_wrong = unlogs[1] + yes * logs[3] + no * unlogs[3]
    either = np.logaddexp(if_right, if_wrong)
    share = np.exp(if_right - either)
    counts = np.array(
        [
            [0.0, states.solutions],
            [share.sum(), (1.0 - share).sum()],
            [share @ yes, share @ no],
            [(1.0 - share) @ yes, (1.0 - share) @ no],
        ]
    )
    return float(states.solutions * unlogs[0] + either.sum()), counts
