"""Voting by answers: the answer that most samples, or most weight, agree on.

Source: Wang, Wei, Schuurmans, Le, Chi, Narang, Chowdhery and Zhou (2022), "Self-Consistency Improves Chain of
Thought Reasoning in Language Models".
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.choice import Choice, FloatArray, choose, name_solutions


def number_answers(answers: Sequence[Hashable | None]) -> npt.NDArray[np.int64]:
    """Number the distinct answers in the order first seen, (n,); None, no answer, becomes -1.

    Raises:
        UsageError: there is no answer at all, or one cannot be hashed.
    """
    if len(answers) == 0:
        raise UsageError("there are no answers to vote on; give at least one")
    seen: dict[Hashable, int] = {}
    try:
        numbers = [-1 if answer is None else seen.setdefault(answer, len(seen)) for answer in answers]
    except TypeError as error:
        raise UsageError(
            f"an answer cannot be compared with others ({error}); give strings, numbers or tuples"
        ) from error
    return np.asarray(numbers, dtype=np.int64)


def read_weights(weights: Sequence[float] | FloatArray, count: int, what: str) -> FloatArray:
    """Check ``count`` finite numbers and return them as an array.

    Raises:
        UsageError: another number of them, or one that is not finite.
    """
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (count,):
        raise UsageError(f"{what} have the shape {values.shape} for {count} samples; give one a sample")
    if not np.isfinite(values).all():
        where = int(np.flatnonzero(~np.isfinite(values))[0])
        raise UsageError(f"{what} of sample {where} is {values[where]}; give finite numbers")
    return values


def weighted_vote(answers: Sequence[Hashable | None], weights: Sequence[float] | FloatArray) -> Choice:
    """Choose the first sample whose answer has the largest total weight.

    Args:
        answers: (n,) one answer a sample, equal where the samples agree; None where there is none.
        weights: (n,) one non-negative weight a sample, such as a judge's confidence.

    What a change may change: permuting samples permutes the scores; duplicating a sample adds its weight to
    its answer and to no other, so it can move the choice to that answer only; samples without an answer
    count for nothing (they are chosen only if no sample has one).

    Ties: all samples with an answer of the largest weight; the lowest index is chosen.

    Raises:
        UsageError: no answer, another number of weights than answers, a weight negative or not finite.
    """
    numbers = number_answers(answers)
    values = read_weights(weights, len(numbers), "the weights")
    if (values < 0).any():
        raise UsageError(
            f"the weight of sample {int((values < 0).argmax())} is negative; give weights of 0 or more"
        )
    voted = numbers >= 0
    totals = np.bincount(numbers[voted], weights=values[voted], minlength=1)
    scores = np.where(voted, totals[np.maximum(numbers, 0)], -np.inf)
    choice = choose(scores)
    return Choice(choice.index, choice.scores, choice.ties, (_explain(numbers, values, choice),))


def majority_vote(answers: Sequence[Hashable | None]) -> Choice:
    """Choose the first sample whose answer is the most frequent (self-consistency).

    As ``weighted_vote`` with the weight 1 for every sample, ties and errors included.
    """
    return weighted_vote(answers, np.ones(len(answers)))


def _explain(numbers: npt.NDArray[np.int64], weights: FloatArray, choice: Choice) -> str:
    if numbers[choice.index] < 0:
        return "no sample has an answer"
    same = [int(i) for i in np.flatnonzero(numbers == numbers[choice.index])]
    verb = "has" if len(same) == 1 else "share"
    distinct = int(numbers.max()) + 1
    return (
        f"{name_solutions(same)} {verb} the answer of weight {choice.scores[choice.index]:.6g} "
        f"of {weights[numbers >= 0].sum():.6g}; there are {distinct} answers"
    )
