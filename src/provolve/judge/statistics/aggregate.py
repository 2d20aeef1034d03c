"""Scores of instances into one loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

Score = int | float | Fraction
Aggregate = Literal["ratio", "mean", "sum_ratio", "worst"]
Direction = Literal["minimize", "maximize"]

_REMEDY = 'set aggregate = "mean" in the task'


def loss(
    scores: Sequence[Score],
    reference: Sequence[Score],
    aggregate: Aggregate = "ratio",
    direction: Direction = "minimize",
) -> float:
    """Return one number for the scores of a candidate: smaller is better, whatever the direction.

    ==============  =========================================================================
    ``ratio``       mean over the instances of score / reference: each instance weighs the same
    ``mean``        mean of the scores
    ``sum_ratio``   sum of the scores / sum of the references: large instances weigh more
    ``worst``       the worst score
    ==============  =========================================================================

    For ``maximize`` the number is negated.

    Args:
        scores: ``(n,)`` finite numbers, n at least 1.
        reference: ``(n,)`` scores of the seed program on the same instances; read by the two ratios only,
            for which they must be above 0 (``ratio``) or at least 0 with a sum above 0 (``sum_ratio``).

    Raises:
        ValueError: if a number is not finite, the lengths differ, there are no scores, or the reference
            does not allow a ratio. The message names the instance and a remedy.
    """
    _check(scores, "score")
    if aggregate in ("ratio", "sum_ratio"):
        _check_reference(scores, reference, aggregate)
    try:
        value = _combined(scores, reference, aggregate, direction)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(
            f"the {aggregate} of the scores is too large for a float: let the judge return smaller scores"
        )
    return value if direction == "minimize" else -value


def shares(
    scores: Sequence[Score],
    reference: Sequence[Score],
    aggregate: Literal["ratio", "mean", "sum_ratio"] = "ratio",
    direction: Direction = "minimize",
) -> list[float]:
    """Return what each instance contributes to the loss: numbers whose mean is the loss.

    For ``sum_ratio``, a ratio of two means, they are its linear part: their spread tells the spread of the
    ratio over other instances (Tukey, 1958, "Bias and confidence in not-quite large samples", in the limit).

    Args:
        scores, reference, aggregate, direction: as of `loss`; ``worst`` is no mean and has no shares.

    Raises:
        ValueError: as of `loss`.
    """
    total = loss(scores, reference, aggregate, "minimize")
    sign = 1.0 if direction == "minimize" else -1.0
    match aggregate:
        case "mean":
            return [sign * float(score) for score in scores]
        case "ratio":
            return [sign * _quotient(score, base) for score, base in zip(scores, reference, strict=True)]
        case "sum_ratio":
            size = math.fsum(map(float, reference)) / len(reference)
            return [
                sign * (total + (float(score) - total * float(base)) / size)
                for score, base in zip(scores, reference, strict=True)
            ]


def _combined(
    scores: Sequence[Score], reference: Sequence[Score], aggregate: Aggregate, direction: Direction
) -> float:
    match aggregate:
        case "ratio":
            return _mean([_quotient(score, base) for score, base in zip(scores, reference, strict=True)])
        case "sum_ratio":
            return math.fsum(map(float, scores)) / math.fsum(map(float, reference))
        case "mean":
            return _mean([float(score) for score in scores])
        case "worst":
            return float(max(scores) if direction == "minimize" else min(scores))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _quotient(score: Score, base: Score) -> float:
    """Return score / base, rounded once where both are exact."""
    if isinstance(score, float) or isinstance(base, float):
        return float(score) / float(base)
    return float(Fraction(score) / Fraction(base))


def _check(numbers: Sequence[Score], what: str) -> None:
    if not numbers:
        raise ValueError(f"there is no {what}: at least one instance is needed")
    for place, number in enumerate(numbers):
        try:
            finite = math.isfinite(number)
        except OverflowError:
            finite = False
        if not finite:
            raise ValueError(
                f"the {what} of instance {place} is not finite or too large for a float: {number}"
            )


def _check_reference(scores: Sequence[Score], reference: Sequence[Score], aggregate: str) -> None:
    if len(scores) != len(reference):
        raise ValueError(f"{len(scores)} scores against {len(reference)} reference scores: give one each")
    _check(reference, "reference score")
    for place, base in enumerate(reference):
        if base < 0 or (base == 0 and aggregate == "ratio"):
            raise ValueError(
                f"the reference score of instance {place} is {base}, "
                f"and a ratio to it means nothing: {_REMEDY}"
            )
    if not any(reference):
        raise ValueError(f"all reference scores are 0, and a ratio to their sum means nothing: {_REMEDY}")
