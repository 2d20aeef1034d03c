"""CodeT: dual agreement of solutions with tests and with each other.

Source: Chen, Zhang, Nguyen, Zan, Lin, Lou and Chen (2022), "CodeT: Code Generation with Generated Tests".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.evidence import Evidence, count_evidence, describe_class, read_matrix


def codet_scores(evidence: Evidence) -> FloatArray:
    """Square root of the size of the class times the tests it passes, (..., n)."""
    return np.asarray(np.sqrt(evidence.class_size) * evidence.passes)


def codet(matrix: npt.ArrayLike) -> Choice:
    """Choose from the class of solutions with equal rows whose sqrt(size) x passes is largest.

    Args:
        matrix: (n, m) passes, solutions by tests.

    What a change of the matrix may change: permuting solutions permutes the scores; permuting tests changes
    nothing; duplicating a solution raises the score of its class by the square root and changes no other, so
    it can move the choice to that class only; a test that all fail changes nothing; a test that all pass adds
    sqrt(size) to every score and so can change the choice, towards larger classes.

    Ties: all solutions of all classes with the best score; the lowest index is chosen.

    Raises:
        UsageError: not a matrix of passes.
    """
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    choice = choose(codet_scores(evidence))
    size, passed = evidence.class_size[choice.index], evidence.passes[choice.index]
    why = (
        describe_class(passes, evidence, choice.index),
        f"sqrt({size:.0f}) x {passed:.0f} = {choice.scores[choice.index]:.4g}, the largest of all classes",
    )
    return Choice(choice.index, choice.scores, choice.ties, why)
