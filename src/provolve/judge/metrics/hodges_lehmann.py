"""The Hodges-Lehmann estimate of the centre of a few noisy measurements.

Source: Hodges and Lehmann (1963), "Estimates of Location Based on Rank Tests".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from provolve.errors import UsageError
from provolve.judge.metrics.estimate import Estimate, FloatArray, check_confidence

_EXACT_UP_TO = 60


def hodges_lehmann(values: Sequence[float] | FloatArray) -> float:
    """Median of the means of all pairs, each value also paired with itself.

    Args:
        values: (n,) measurements, n >= 1; plus infinity stands for one cut off at a limit (right-censored).
            The estimate is infinite when the middle pairs hold such a value.

    Raises:
        UsageError: no value, one that is not a number, or minus infinity.
    """
    ordered = _pair_means(_read(values))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return float(ordered[middle - 1] / 2 + ordered[middle] / 2)


def hodges_lehmann_estimate(values: Sequence[float] | FloatArray, confidence: float = 0.95) -> Estimate:
    """``hodges_lehmann`` with the interval that inverts Wilcoxon's signed-rank test.

    Its coverage is at least the nominal one for a symmetric distribution: exact counts up to 60 values, the
    normal approximation beyond. With too few values for the confidence (fewer than 6 at 95 %) it spans all
    of them.

    Raises:
        UsageError: as ``hodges_lehmann``, or a confidence beyond its range.
    """
    checked = _read(values)
    check_confidence(confidence)
    ordered = _pair_means(checked)
    skipped = _ranks_to_skip(len(checked), (1 - confidence) / 2)
    low, high = ordered[max(skipped - 1, 0)], ordered[len(ordered) - max(skipped, 1)]
    method = "signed ranks" if skipped else "none"
    return Estimate(hodges_lehmann(checked), float(low), float(high), len(checked), method)


def _read(values: Sequence[float] | FloatArray) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or np.isnan(array).any() or np.isneginf(array).any():
        raise UsageError(
            f"measurements of the shape {array.shape} have no centre; give one or more numbers, "
            "infinity for one that was cut off"
        )
    return array


def _pair_means(values: FloatArray) -> FloatArray:
    first, second = np.tril_indices(len(values))
    return np.sort(values[first] / 2 + values[second] / 2)


def _ranks_to_skip(n: int, tail: float) -> int:
    """Largest c such that the signed-rank statistic is below c with probability at most ``tail``."""
    if n > _EXACT_UP_TO:
        mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
        return max(0, math.floor(mean + NormalDist().inv_cdf(tail) * math.sqrt(variance)))
    counts = np.ones(1)
    for rank in range(1, n + 1):
        counts = np.concatenate([counts, np.zeros(rank)]) + np.concatenate([np.zeros(rank), counts])
    below = np.cumsum(counts) / 2.0**n
    return int(np.searchsorted(below, tail, side="right"))
