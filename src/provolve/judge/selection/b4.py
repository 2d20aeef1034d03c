"""B4: the class of solutions whose being exactly the correct ones explains the matrix best.

Source: Chen, Liu, Tao, Hong, Lo, Xia and Sun (2024), "B4: Towards Optimal Assessment of Plausible Code
Solutions with Plausible Tests".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.evidence import Evidence, count_evidence, describe_class, read_matrix
from provolve.judge.selection.gamma_functions import log_beta


def b4_scores(evidence: Evidence, alpha: float = 10.0, beta: float = 10.0) -> FloatArray:
    """Log posterior, up to a constant, that a solution's class is exactly the set of the correct ones, (...,
    n).

    If the class is right, its row says which tests are right. Four rates are then integrated out, each under
    a Beta prior: of correct solutions, Beta(alpha, 1); of correct tests, Beta(alpha, 1); of wrong solutions
    passing correct tests, Beta(1, 1); of wrong solutions passing wrong tests, Beta(1, beta). Hence four log
    Betas.
    """
    size, passes = evidence.class_size, evidence.passes
    wrong = evidence.solutions - size
    passed_right = evidence.support - size * passes
    passed_wrong = evidence.total - evidence.support
    failed_right = wrong * passes - passed_right
    failed_wrong = wrong * (evidence.tests - passes) - passed_wrong
    return np.asarray(
        log_beta(size + alpha, wrong + 1.0)
        + log_beta(passes + alpha, evidence.tests - passes + 1.0)
        + log_beta(passed_right + 1.0, failed_right + 1.0)
        + log_beta(passed_wrong + 1.0, failed_wrong + beta)
    )


def b4(matrix: npt.ArrayLike, *, alpha: float = 10.0, beta: float = 10.0) -> Choice:
    """Choose from the class of equal rows with the best B4 score.

    Args:
        matrix: (n, m) passes, solutions by tests.
        alpha: prior weight, in tests and in solutions, on both being mostly right; > 0. The paper's
            simulations use 10.
        beta: prior weight on wrong solutions failing wrong tests; > 0. The paper's simulations use 10.

    What a change of the matrix may change: permuting solutions permutes the scores; permuting tests changes
    nothing; duplicating a solution may change every score, and the choice, since the copy is one more witness
    for or against each class; a test that all pass is taken for correct under every class and one that all
    fail for wrong under every class, but both move the evidence about the rates, by amounts that differ
    between classes: each can change the choice.

    Ties: all solutions of all classes with the best score; the lowest index is chosen.

    Raises:
        UsageError: not a matrix of passes.
    """
    passes = read_matrix(matrix)
    evidence = count_evidence(passes)
    choice = choose(b4_scores(evidence, alpha, beta))
    lines = [
        describe_class(passes, evidence, choice.index),
        f"log posterior {choice.scores[choice.index]:.4f}",
    ]
    rest = np.setdiff1d(np.arange(evidence.solutions), np.asarray(choice.ties))
    if rest.size:
        second = int(rest[choice.scores[rest].argmax()])
        gap = choice.scores[choice.index] - choice.scores[second]
        lines.append(f"next: {describe_class(passes, evidence, second)}, {gap:.4f} nats behind")
    return Choice(choice.index, choice.scores, choice.ties, tuple(lines))
