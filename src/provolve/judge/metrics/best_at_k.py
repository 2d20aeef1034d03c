"""best@k: the expected best value among k samples.

pass@k is the case of values 0 and 1, eff@k that of efficiencies.

Source of the weights: Qiu, Zeng, Ezick, Lott and Tong (2024), "How Efficient is LLM-Generated Code? A
Rigorous & High-Standard Benchmark" (the Rao-Blackwellised estimator).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from provolve.judge.metrics.estimate import (
    Estimate,
    FloatArray,
    check_confidence,
    check_k,
    read_values,
    resampled,
)


def best_weights(samples: int, k: int) -> FloatArray:
    """Probability that the r-th smallest of n samples is the largest of k drawn without replacement, (n,).

    C(r - 1, k - 1) / C(n, k) for r = 1 ... n, by the recurrence w_r = w_(r+1) (1 - (k - 1) / r) from w_n = k
    / n, so that no binomial coefficient is formed.

    Raises:
        UsageError: k beyond [1, n].
    """
    check_k(k, samples)
    shrink = 1.0 - (k - 1) / np.arange(samples - 1, 0, -1, dtype=np.float64)
    factors = np.concatenate([[k / samples], np.maximum(shrink, 0.0)])
    return np.asarray(np.cumprod(factors)[::-1])


def best_at_k(values: Sequence[float] | FloatArray, k: int, *, maximize: bool = True) -> float:
    """Unbiased estimate of the expected best of k independent samples, from n >= k of them.

    It is the mean of the best over all subsets of k, so no estimate of the same samples varies less.

    Args:
        values: (n,) one value a sample.
        k: 1 <= k <= n.
        maximize: whether larger is better.

    Raises:
        UsageError: no value, one that is not finite, or k beyond its range.
    """
    ordered = _ascending_in_worth(read_values(values, "values"), maximize)
    return float(ordered @ best_weights(len(ordered), k))


def best_at_k_curve(
    values: Sequence[float] | FloatArray, ks: Iterable[int] | None = None, *, maximize: bool = True
) -> FloatArray:
    """``best_at_k`` for several k, all from 1 to n by default."""
    ordered = _ascending_in_worth(read_values(values, "values"), maximize)
    wanted = range(1, len(ordered) + 1) if ks is None else ks
    return np.asarray([ordered @ best_weights(len(ordered), k) for k in wanted])


def best_at_k_estimate(
    values: Sequence[float] | FloatArray,
    k: int,
    rng: np.random.Generator,
    *,
    maximize: bool = True,
    confidence: float = 0.95,
) -> Estimate:
    """``best_at_k`` with a percentile bootstrap interval over the samples.

    The interval is honest for k well below n; a best of k near n rests on the few best samples seen.

    Args:
        values: (n,) one value a sample.
        k: 1 <= k <= n.
        rng: draws the resamples.
        maximize: whether larger is better.
        confidence: nominal coverage, in (0, 1).

    Raises:
        UsageError: as ``best_at_k``, or a confidence beyond its range.
    """
    checked = read_values(values, "values")
    check_confidence(confidence)
    value = best_at_k(checked, k, maximize=maximize)
    weights = best_weights(len(checked), k)
    low, high = resampled(
        lambda rows: _ascending_in_worth(rows, maximize) @ weights, checked, rng, confidence
    )
    return Estimate(value, low, high, len(checked), "bootstrap")


def _ascending_in_worth(values: FloatArray, maximize: bool) -> FloatArray:
    ordered = np.sort(values, axis=-1)
    return ordered if maximize else ordered[..., ::-1]
