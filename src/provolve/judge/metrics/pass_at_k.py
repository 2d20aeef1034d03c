"""pass@k: the probability that at least one of k samples is correct.

Source: Chen, Tworek, Jun, Yuan, et al. (2021), "Evaluating Large Language Models Trained on Code".
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from provolve.errors import UsageError
from provolve.judge.metrics.estimate import Estimate, check_confidence, check_k, success_interval


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Unbiased estimate of pass@k of one problem: 1 - C(n - c, k) / C(n, k).

    Taken as a product of min(c, k) factors in logarithms, so that it neither overflows nor loses small
    values.

    Args:
        samples: n, independent samples drawn, >= 1.
        correct: c, how many of them are correct, 0 <= c <= n.
        k: 1 <= k <= n.

    Raises:
        UsageError: a number beyond its range.
    """
    if not 0 <= correct <= samples:
        raise UsageError(f"{correct} of {samples} samples cannot be correct; give 0 <= correct <= samples")
    check_k(k, samples)
    if samples - correct < k:
        return 1.0
    few, many = sorted((correct, k))
    # C(n-c, k) / C(n, k) is the same with c and k exchanged.
    factors = -many / np.arange(samples - few + 1, samples + 1, dtype=np.float64)
    return float(-np.expm1(math.fsum(np.log1p(factors))))


def pass_at_k_curve(samples: int, correct: int, ks: Iterable[int]) -> list[float]:
    """``pass_at_k`` for several k."""
    return [pass_at_k(samples, correct, k) for k in ks]


def pass_at_k_estimate(samples: int, correct: int, k: int, confidence: float = 0.95) -> Estimate:
    """``pass_at_k`` of one problem with an exact interval.

    pass@k is 1 - (1 - p)^k, which grows with the rate p; the ends are those of p's exact interval, carried
    over.

    Raises:
        UsageError: a number beyond its range.
    """
    value = pass_at_k(samples, correct, k)
    check_confidence(confidence)
    low, high = (_at_least_one(p, k) for p in success_interval(correct, samples, confidence))
    return Estimate(value, low, high, samples, "exact")


def _at_least_one(p: float, k: int) -> float:
    return 1.0 if p >= 1.0 else -math.expm1(k * math.log1p(-p))
