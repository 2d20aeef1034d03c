"""Best-of-Majority: among the answers given often enough, the k of the largest reward.

Source: Di, Ji, Li, Zhao and Gu (2025), "Best-of-Majority: Minimax-Optimal Strategy for Pass@k Inference
Scaling".
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.choice import FloatArray, Picks
from provolve.judge.selection.votes import number_answers, read_weights

_DIGITS = 12


def best_of_majority(
    answers: Sequence[Hashable | None],
    rewards: Sequence[float] | FloatArray,
    *,
    k: int = 1,
    threshold: float | None = None,
) -> Picks:
    """Drop the rare answers, then pick the k distinct ones with the largest mean reward.

    A reward model errs most where it has seen least, and an answer rarely sampled is where its overestimates
    win. Frequency screens those out; unlike majority voting, rewards still decide among what is left.

    Args:
        answers: (n,) one answer a sample, equal where the samples agree; None where there is none.
        rewards: (n,) one reward a sample; an answer's reward is the mean over its samples. Rewards of samples
            without an answer are not read.
        k: how many picks at most, >= 1.
        threshold: smallest share of the n samples an answer must have, in [0, 1]. None takes half the share
            of the most frequent answer, so that the most frequent one always stays in.

    Returns:
        At most k samples, the first of each picked answer, best first. ``scores`` is the mean reward of a
        sample's answer, minus infinity where it was screened out. Fewer than k where fewer answers stay in.

    What a change may change: permuting samples permutes the scores; duplicating a sample raises its answer's
    share and lowers all others, which can screen others out, and moves its answer's mean reward towards its
    own; with equal rewards within an answer, duplicating a picked sample leaves it picked.

    Ties: by frequency, then the answer seen first. If none reaches the threshold, the most frequent stays in.

    Raises:
        UsageError: no answer, another number of rewards, a reward not finite, k < 1, a threshold beyond [0,
            1].
    """
    numbers = number_answers(answers)
    values = read_weights(np.where(numbers >= 0, rewards, 0.0), len(numbers), "the rewards")
    _check(k, threshold)
    if (numbers < 0).all():
        return Picks((), np.full(len(numbers), -np.inf), ("no sample has an answer",))
    counts = np.bincount(numbers[numbers >= 0])
    means = np.bincount(numbers[numbers >= 0], weights=values[numbers >= 0]) / counts
    floor = counts.max() / (2 * len(numbers)) if threshold is None else threshold
    kept = (counts >= floor * len(numbers) - 1e-9) | (
        (counts == counts.max()) & (counts.max() < floor * len(numbers))
    )
    # Means that differ by the rounding of their sums alone count as equal.
    rounded = [float(f"{mean:.{_DIGITS}g}") for mean in means]
    order = sorted((int(a) for a in np.flatnonzero(kept)), key=lambda a: (-rounded[a], -counts[a], a))[:k]
    first = tuple(int(np.flatnonzero(numbers == a)[0]) for a in order)
    scores = np.where((numbers >= 0) & kept[np.maximum(numbers, 0)], means[np.maximum(numbers, 0)], -np.inf)
    return Picks(first, scores, _explain(order, counts, means, floor, int(kept.sum())))


def _check(k: int, threshold: float | None) -> None:
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one pick")
    if threshold is not None and not 0.0 <= threshold <= 1.0:
        raise UsageError(f"the threshold is {threshold}; it is a share of the samples, from 0 to 1")


def _explain(
    order: Sequence[int], counts: npt.NDArray[np.int64], means: FloatArray, floor: float, kept: int
) -> tuple[str, ...]:
    lines = [f"{kept} of {len(counts)} answers have at least {floor:.3g} of the samples"]
    lines += [f"pick: an answer of {counts[a]} samples, mean reward {means[a]:.6g}" for a in order]
    return tuple(lines)
