"""MBR-exec: the solution that behaves like the most others.

Source: Shi, Fried, Ghazvininejad, Zettlemoyer and Wang (2022), "Natural Language to Code Translation with
Execution".
"""

from __future__ import annotations

import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.evidence import Evidence, count_evidence, describe_class, read_matrix


def mbr_exec_scores(evidence: Evidence) -> FloatArray:
    """Number of solutions with the same row, itself included, (..., n)."""
    return evidence.class_size


def mbr_exec(matrix: npt.ArrayLike) -> Choice:
    """Choose a solution of least Bayes risk: the loss between two is 1 unless their rows are equal.

    Args:
        matrix: (n, m) passes, solutions by tests.

    What a change of the matrix may change: permuting solutions permutes the scores; permuting tests changes
    nothing; duplicating a solution adds 1 to its class and changes no other, so it can move the choice to
    that class only; a test that all pass or all fail changes nothing, because no two rows differ by it.

    Ties: all solutions of all classes of the largest size; the lowest index is chosen.

    Raises:
        UsageError: not a matrix of passes.
    """
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    choice = choose(mbr_exec_scores(evidence))
    why = f"{describe_class(passes, evidence, choice.index)}; no class of equal rows is larger"
    return Choice(choice.index, choice.scores, choice.ties, (why,))
