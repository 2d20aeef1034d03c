"""Functional consensus: the solution whose outputs are most like those of all others.

Source: Chen, Tang, Chu, Chen, Wang, Liu and Qin (2024), "Divide-and-Conquer Meets Consensus: Unleashing the
Power of Functions in Code Generation" (FunCoder).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.outputs import IntArray, agreement_counts, read_outputs


def consensus_scores(outputs: IntArray) -> FloatArray:
    """Sum over the other solutions of the share of inputs on which both give the same output, (n,)."""
    others = np.maximum(agreement_counts(outputs) - 1, 0)
    return np.asarray(others.sum(axis=1) / outputs.shape[1])


def functional_consensus(outputs: npt.ArrayLike) -> Choice:
    """Choose the solution with the largest total similarity to all others.

    Unlike a vote over whole rows, solutions that differ on a few inputs still support each other elsewhere.

    Args:
        outputs: (n, m) numbered outputs, solutions by inputs, negative where a solution failed (a failure is
            like nothing); or a matrix of passes.

    What a change may change: permuting solutions permutes the scores; permuting inputs changes nothing;
    duplicating a solution adds to each score the similarity with the copy, so it can change the choice; an
    input on which all give the same output brings every score up by the same rule, so it changes no choice.

    Ties: all solutions of the largest total; the lowest index is chosen.

    Raises:
        UsageError: not a table of outputs.
    """
    table = read_outputs(outputs)
    choice = choose(consensus_scores(table))
    mean = choice.scores[choice.index] / max(1, len(table) - 1)
    why = f"solution {choice.index} gives the same output as another on {mean:.1%} of inputs on average"
    return Choice(choice.index, choice.scores, choice.ties, (why,))
