"""Which input to ask about next, so that any answer rules out as many solutions as possible.

Source: Lee, Koo, Yoon, Kim, Koh, Lee and Jung (2025), "Program Synthesis via Test-Time Transduction"
(SYNTRA).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.choice import FloatArray, equals_best
from provolve.judge.selection.outputs import IntArray, agreement_counts, read_outputs


@dataclass(frozen=True, eq=False)
class Question:
    """The input to ask about, or none where no answer could tell the solutions apart.

    Args:
        index: the input, the lowest of ``ties``; None if nothing is left to learn.
        worst: (m,) for each input, how many behaviours even the least telling of the answers given would
            rule out.
        ties: every input of the largest ``worst``, ascending; empty if nothing is left to learn.
        options: one solution for each different output on that input, the most common output first.
        explanation: sentences a person can check it by.
    """

    index: int | None
    worst: FloatArray
    ties: tuple[int, ...]
    options: tuple[int, ...]
    explanation: tuple[str, ...]


def next_question(outputs: npt.ArrayLike, alive: npt.ArrayLike | None = None) -> Question:
    """Choose the input whose least telling answer still rules out the most behaviours.

    Solutions with equal rows are one behaviour and count once. For each input, the least telling answer is
    the output that most behaviours share; a failure is an output that nobody can confirm, so it is always
    ruled out.

    Args:
        outputs: (n, m) numbered outputs, solutions by inputs, negative where a solution failed.
        alive: (n,) which solutions are still possible; None means all.

    What a change may change: permuting solutions or duplicating one changes nothing but the numbers of
    solutions; permuting inputs permutes ``worst``; an input on which all agree is never asked about.

    Ties: all inputs with the largest worst case; the lowest index is asked about.

    Raises:
        UsageError: not a table of outputs, or ``alive`` of another length.
    """
    table = read_outputs(outputs)
    possible = np.flatnonzero(_read_alive(alive, len(table)))
    if possible.size == 0:
        return Question(None, np.zeros(table.shape[1]), (), (), ("no solution is left",))
    behaviours = np.unique(table[possible], axis=0)
    worst = (len(behaviours) - agreement_counts(behaviours).max(axis=0)).astype(np.float64)
    answerable = np.where((behaviours >= 0).any(axis=0), worst, 0.0)
    if answerable.max() <= 0.0:
        return Question(None, answerable, (), (), (f"{len(possible)} solutions behave alike on every input",))
    ties = tuple(int(i) for i in np.flatnonzero(equals_best(answerable)))
    options = _options(table[possible, ties[0]], possible)
    why = (
        f"input {ties[0]}: {len(options)} outputs among {len(behaviours)} behaviours; "
        f"any answer rules out at least {answerable[ties[0]]:.0f}"
    )
    return Question(ties[0], answerable, ties, options, (why,))


def eliminate(
    outputs: npt.ArrayLike, question: int, like: int, alive: npt.ArrayLike | None = None
) -> npt.NDArray[np.bool_]:
    """Keep the solutions that answer one input as a given solution does.

    Args:
        outputs: (n, m) numbered outputs.
        question: the input asked about.
        like: a solution whose output on it was confirmed.
        alive: (n,) which solutions were still possible; None means all.

    Returns:
        (n,) which are still possible now.

    Raises:
        UsageError: no such input or solution, or that solution failed on the input.
    """
    table = read_outputs(outputs)
    if not (0 <= question < table.shape[1] and 0 <= like < table.shape[0]) or table[like, question] < 0:
        raise UsageError(
            f"solution {like} has no output on input {question}; name one of the question's options"
        )
    return np.asarray(_read_alive(alive, len(table)) & (table[:, question] == table[like, question]))


def _read_alive(alive: npt.ArrayLike | None, solutions: int) -> npt.NDArray[np.bool_]:
    if alive is None:
        return np.ones(solutions, dtype=np.bool_)
    flags = np.asarray(alive, dtype=np.bool_)
    if flags.shape != (solutions,):
        raise UsageError(
            f"alive has the shape {flags.shape} for {solutions} solutions; give one flag a solution"
        )
    return flags


def _options(column: IntArray, possible: IntArray) -> tuple[int, ...]:
    values, first, sizes = np.unique(column, return_index=True, return_counts=True)
    order = sorted(
        (-int(s), int(possible[i])) for v, i, s in zip(values, first, sizes, strict=True) if v >= 0
    )
    return tuple(solution for _, solution in order)
