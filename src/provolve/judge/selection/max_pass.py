"""MaxPass: the solution that passes the most tests."""

from __future__ import annotations

import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.evidence import Evidence, count_evidence, describe_class, read_matrix


def max_pass_scores(evidence: Evidence) -> FloatArray:
    """Number of tests passed, (..., n)."""
    return evidence.passes


def max_pass(matrix: npt.ArrayLike) -> Choice:
    """Choose the solution that passes the most tests, as if every test were right.

    Args:
        matrix: (n, m) passes, solutions by tests.

    What a change of the matrix may change: permuting solutions permutes the scores; permuting tests changes
    nothing; duplicating a solution leaves all other scores and the best score as they are; a test that all
    pass adds 1 to every score and one that all fail adds nothing, so neither changes the choice.

    Ties: all solutions with the most passes; the lowest index is chosen.

    Raises:
        UsageError: not a matrix of passes.
    """
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    choice = choose(max_pass_scores(evidence))
    why = f"{describe_class(passes, evidence, choice.index)}, the most of all; {len(choice.ties)} tie"
    return Choice(choice.index, choice.scores, choice.ties, (why,))
