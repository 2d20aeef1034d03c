"""Bayes: the solution most probably correct, whatever the rates of the setting are.

The derivation, the choice of the prior and the measurements stand in docs/why/selection.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.evidence import Evidence, count_evidence, describe_class, read_matrix
from provolve.judge.selection.posterior import Prior, posterior_scores

DEFAULT_PRIOR = Prior(x=(10.0, 1.0), y=(3.0, 1.0), right=(1.0, 1.0), wrong=(1.0, 20.0), ordered=True)
"""Tests are somewhat more often right than wrong; wrong solutions seldom pass wrong tests, and pass correct
tests more often than wrong ones."""


def bayes_scores(evidence: Evidence, prior: Prior = DEFAULT_PRIOR) -> FloatArray:
    """Log probability that each solution is correct, given that at least one is, (..., n)."""
    return posterior_scores(evidence, prior)


def bayes(matrix: npt.ArrayLike, *, prior: Prior = DEFAULT_PRIOR) -> Choice:
    """Choose the solution with the largest posterior probability of being correct.

    Args:
        matrix: (n, m) passes, solutions by tests.
        prior: Beta priors of the four rates of the setting (see ``posterior``).

    What a change of the matrix may change: permuting solutions permutes the scores; permuting tests changes
    nothing; duplicating a solution, adding a test that all pass, or adding one that all fail is evidence
    about the rates, may change every score, and so can change the choice.

    Ties: all solutions of all classes with the best score; the lowest index is chosen.

    Raises:
        UsageError: not a matrix of passes.
    """
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    choice = choose(bayes_scores(evidence, prior))
    lines = [
        f"{describe_class(passes, evidence, choice.index)}; "
        f"each is correct with probability {np.exp(choice.scores[choice.index]):.3f} if any solution is"
    ]
    rest = np.setdiff1d(np.arange(evidence.solutions), np.asarray(choice.ties))
    if rest.size:
        second = int(rest[choice.scores[rest].argmax()])
        lines.append(f"next: {describe_class(passes, evidence, second)}; {np.exp(choice.scores[second]):.3f}")
    return Choice(choice.index, choice.scores, choice.ties, tuple(lines))
