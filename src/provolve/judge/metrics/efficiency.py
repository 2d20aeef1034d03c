"""eff@k: how efficient the most efficient of k samples is, timed against references under a limit.

Source: Qiu, Zeng, Ezick, Lott and Tong (2024), "How Efficient is LLM-Generated Code? A Rigorous &
High-Standard Benchmark" (ENAMEL).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from provolve.errors import UsageError
from provolve.judge.metrics.best_at_k import best_at_k, best_at_k_estimate
from provolve.judge.metrics.estimate import Estimate, FloatArray
from provolve.judge.metrics.hodges_lehmann import hodges_lehmann

LEVEL_WEIGHTS = (0.0, 3.0, 3.0, 4.0)
"""The paper's weights of input levels of rising size; level 0 is for correctness alone."""

LIMIT_FACTOR = 2.0
"""The paper's time limit, in times of the slowest reference."""


def level_time(tests: Sequence[Sequence[float]]) -> float:
    """Seconds of a level: the slowest of its tests, each by Hodges-Lehmann over its repetitions.

    Args:
        tests: repetitions of each test in seconds; infinity for one cut off at the limit.

    Returns:
        Infinity as soon as any repetition was cut off: the time is then only known to be too long.

    Raises:
        UsageError: no test, or a test without repetitions.
    """
    if len(tests) == 0:
        raise UsageError("a level has no tests; time at least one")
    if any(math.isinf(time) for test in tests for time in test):
        return math.inf
    return max(hodges_lehmann(test) for test in tests)


def time_limit(
    references: Sequence[float], weights: Sequence[float] = LEVEL_WEIGHTS, factor: float = LIMIT_FACTOR
) -> float:
    """Seconds after which a sample is cut off: ``factor`` times the slowest reference of a level that counts.

    Args:
        references: (levels,) seconds of the reference at each level.
        weights: (levels,) weights, 0 for a level that does not count.
        factor: above 1.

    Raises:
        UsageError: lengths that differ, no level that counts, a time not above 0, or a factor not above 1.
    """
    times, shares = _read_levels(references, weights)
    if not factor > 1.0:
        raise UsageError(
            f"the factor is {factor}; a limit must leave the reference room, so give more than 1"
        )
    return factor * float(times[shares > 0].max())


def efficiency(
    times: Sequence[float],
    references: Sequence[float],
    weights: Sequence[float] = LEVEL_WEIGHTS,
    *,
    factor: float = LIMIT_FACTOR,
) -> float:
    """Efficiency of one correct sample: the weighted mean over levels of max(0, T - t) / (T - reference).

    1 is as fast as the reference, more is faster, 0 is the limit T or slower. A wrong sample has efficiency
    0, whatever its times: do not time it.

    Args:
        times: (levels,) seconds at each level (``level_time``); infinity if cut off or, since a smaller
            level was cut off, not run.
        references: (levels,) seconds of the reference.
        weights: (levels,) weights, 0 for a level that does not count.
        factor: the limit T in times of the slowest reference that counts, above 1.

    Raises:
        UsageError: as ``time_limit``, or a time that is negative or not a number.
    """
    limit = time_limit(references, weights, factor)
    against, shares = _read_levels(references, weights)
    taken = np.asarray(times, dtype=np.float64)
    if taken.shape != against.shape or np.isnan(taken).any() or (taken < 0).any():
        raise UsageError(
            f"times of the shape {taken.shape} for {len(against)} levels; give one of 0 or more a level"
        )
    counts = shares > 0
    scores = np.maximum(0.0, limit - taken[counts]) / (limit - against[counts])
    return float(scores @ shares[counts] / shares.sum())


def eff_at_k(efficiencies: Sequence[float] | FloatArray, k: int) -> float:
    """Unbiased estimate of eff@k of one problem: the expected largest efficiency of k samples.

    Args:
        efficiencies: (n,) one a sample (``efficiency``); 0 for a wrong one.
        k: 1 <= k <= n.

    Raises:
        UsageError: no sample, an efficiency that is not finite, or k beyond its range.
    """
    return best_at_k(efficiencies, k)


def eff_at_k_estimate(
    efficiencies: Sequence[float] | FloatArray, k: int, rng: np.random.Generator, confidence: float = 0.95
) -> Estimate:
    """``eff_at_k`` of one problem with a percentile bootstrap interval over its samples."""
    return best_at_k_estimate(efficiencies, k, rng, confidence=confidence)


def _read_levels(references: Sequence[float], weights: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    times, shares = np.asarray(references, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if times.ndim != 1 or times.shape != shares.shape:
        raise UsageError(f"{times.size} reference times and {shares.size} weights; give one of each a level")
    if not (np.isfinite(shares).all() and (shares >= 0).all() and shares.sum() > 0):
        raise UsageError(f"the weights are {shares.tolist()}; give finite ones of 0 or more, not all 0")
    if not (np.isfinite(times[shares > 0]).all() and (times[shares > 0] > 0).all()):
        raise UsageError(
            f"the reference times are {times.tolist()}; those of levels that count must be above 0"
        )
    return times, shares
