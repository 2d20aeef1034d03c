"""Findings that hold together, where one program is compared with many."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.judge.statistics.interval import Interval


def holm_confidences(count: int, confidence: float = 0.95) -> tuple[float, ...]:
    """Return the confidences at which `holm` wants the intervals of ``count`` comparisons, the least first.

    Raises:
        ValueError: if ``count`` is below 0 or the confidence not between 0 and 1.
    """
    if count < 0 or not 0 < confidence < 1:
        raise ValueError(f"{count} comparisons at a confidence of {confidence} cannot be")
    return tuple(1 - (1 - confidence) / left for left in range(1, count + 1))


def holm(nested: Sequence[Sequence[Interval]]) -> list[bool]:
    """Return for each comparison whether zero is outside, so that all of these findings hold together.

    The procedure of Holm (1979), "A simple sequentially rejective multiple test procedure", carried out with
    intervals: while k comparisons are undecided, each is held against its interval of confidence
    ``1 - (1 - confidence) / k``; those whose interval leaves zero out are decided, the rest go on. With one
    comparison it is the plain interval. The probability that any true zero is called a difference is at most
    ``1 - confidence``, whatever the comparisons have to do with each other, as far as the intervals cover.

    Args:
        nested: for each of k comparisons its k intervals, at the `holm_confidences` of k.

    Raises:
        ValueError: if a comparison has not k intervals.
    """
    if any(len(intervals) != len(nested) for intervals in nested):
        raise ValueError(f"each of {len(nested)} comparisons needs as many intervals")
    undecided = set(range(len(nested)))
    while True:
        place = len(undecided) - 1
        apart = {number for number in undecided if _leaves_zero_out(nested[number][place])}
        if not apart:
            return [number not in undecided for number in range(len(nested))]
        undecided -= apart


def _leaves_zero_out(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
