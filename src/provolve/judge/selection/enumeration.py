"""The posterior of the B4 setting by brute force over every state of solutions and tests.

Slow on purpose: it follows the definition, shares no shortcut with ``posterior``, and so can check it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.choice import FloatArray
from provolve.judge.selection.evidence import BoolArray, read_matrix
from provolve.judge.selection.posterior import Pair, Prior, Rates

MOST_STATES = 2**20


def enumerate_posterior(matrix: npt.ArrayLike, belief: Prior | Rates) -> FloatArray:
    """Probability that each solution is correct, given that at least one is, (n,).

    Args:
        matrix: (n, m) passes, with n + m <= 20.
        belief: Beta priors to integrate the rates over (not ``ordered``), or the known rates.

    Raises:
        UsageError: more than 2^20 states, or an ordered prior, which has no closed form.
    """
    passes = read_matrix(matrix)
    solutions, tests = passes.shape
    if 2 ** (solutions + tests) > MOST_STATES:
        raise UsageError(
            f"{solutions} solutions and {tests} tests have 2^{solutions + tests} states; 2^20 are the most"
        )
    if isinstance(belief, Prior) and belief.ordered:
        raise UsageError("an ordered prior has no closed form; enumerate with ordered=False")
    mass = np.zeros(solutions)
    total = 0.0
    for state in itertools.product((False, True), repeat=solutions):
        correct = np.asarray(state)
        if not correct.any():
            continue
        weight = sum(
            _weight(passes, correct, np.asarray(right), belief)
            for right in itertools.product((False, True), repeat=tests)
            if (passes[correct] == np.asarray(right)).all()
        )
        mass += weight * correct
        total += weight
    return np.asarray(mass / total)


def _weight(passes: BoolArray, correct: BoolArray, right: BoolArray, belief: Prior | Rates) -> float:
    wrong_rows = passes[~correct]
    counts = {
        "x": (int(correct.sum()), int((~correct).sum())),
        "y": (int(right.sum()), int((~right).sum())),
        "right": _split(wrong_rows[:, right]),
        "wrong": _split(wrong_rows[:, ~right]),
    }
    factors = [_factor(counts[name], getattr(belief, name)) for name in counts]
    return math.prod(factors)


def _split(block: BoolArray) -> tuple[int, int]:
    return int(block.sum()), int((~block).sum())


def _factor(count: tuple[int, int], belief: Pair | float) -> float:
    yes, no = count
    if isinstance(belief, tuple):
        return math.exp(_log_beta(yes + belief[0], no + belief[1]) - _log_beta(*belief))
    return float(belief**yes * (1.0 - belief) ** no)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
