"""How much better a search did than as many random samples would have.

Source: Willemsen, Schoonhoven, Filipovič, Tørring, van Nieuwpoort and van Werkhoven (2024), "A Methodology
for Comparing Optimization Algorithms for Auto-Tuning".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from provolve.errors import UsageError
from provolve.judge.metrics.best_at_k import best_at_k, best_weights
from provolve.judge.metrics.estimate import (
    RESAMPLES,
    Estimate,
    FloatArray,
    check_confidence,
    check_k,
    read_values,
)


def relative_improvement(
    found: float,
    random_values: Sequence[float] | FloatArray,
    k: int,
    *,
    optimum: float | None = None,
    maximize: bool = True,
) -> float:
    """Improvement of a search over the expected best of k random samples; positive is better.

    Args:
        found: the best value of the search, or its mean over runs, after judging k candidates.
        random_values: (n,) values of random samples, n >= k.
        k: how many candidates the search judged.
        optimum: the best value there is. With it, the improvement is the share closed of the gap between the
            random baseline and the optimum (1 is the optimum); without, it is relative to the size of the
            baseline.
        maximize: whether larger is better.

    Raises:
        UsageError: a value that is not finite, k beyond its range, a baseline of 0 or one that reaches the
            optimum.
    """
    if not np.isfinite(found):
        raise UsageError(f"the search found {found}; give a finite value")
    baseline = best_at_k(random_values, k, maximize=maximize)
    return float(_improvement(np.asarray(found), np.asarray(baseline), optimum, maximize))


def relative_improvement_estimate(
    found: Sequence[float] | FloatArray,
    random_values: Sequence[float] | FloatArray,
    k: int,
    rng: np.random.Generator,
    *,
    optimum: float | None = None,
    maximize: bool = True,
    confidence: float = 0.95,
) -> Estimate:
    """``relative_improvement`` of the mean over runs, with a bootstrap interval over runs and random samples.

    Args:
        found: (runs,) the best value of each run.
        rng: draws the resamples.
        confidence: nominal coverage, in (0, 1).

    Raises:
        UsageError: as ``relative_improvement``.
    """
    runs, pool = read_values(found, "values found"), read_values(random_values, "random values")
    check_confidence(confidence)
    check_k(k, len(pool))
    value = relative_improvement(float(runs.mean()), pool, k, optimum=optimum, maximize=maximize)
    means = runs[rng.integers(len(runs), size=(RESAMPLES, len(runs)))].mean(axis=1)
    baselines = _resampled_baselines(pool, k, maximize, rng)
    # A resampled baseline may be 0 or reach the optimum; what is endless stays so.
    with np.errstate(divide="ignore", invalid="ignore"):
        redrawn = _improvement(means, baselines, optimum, maximize)
    redrawn = np.where(np.isnan(redrawn), 0.0, redrawn)
    tail = (1 - confidence) / 2
    low, high = np.quantile(redrawn, (tail, 1 - tail), method="inverted_cdf")
    return Estimate(value, float(low), float(high), len(runs), "bootstrap")


def _improvement(
    found: FloatArray, baseline: FloatArray, optimum: float | None, maximize: bool
) -> FloatArray:
    sign = 1.0 if maximize else -1.0
    scale = np.abs(baseline) if optimum is None else sign * (optimum - baseline)
    if baseline.ndim == 0 and not scale > 0:
        raise UsageError(
            f"the random baseline is {float(baseline):.6g}, which leaves nothing to measure against; "
            + ("give the optimum" if optimum is None else "give an optimum better than it")
        )
    return np.asarray(sign * (found - baseline) / scale)


def _resampled_baselines(pool: FloatArray, k: int, maximize: bool, rng: np.random.Generator) -> FloatArray:
    weights = best_weights(len(pool), k)
    found = np.empty(RESAMPLES)
    for row in range(RESAMPLES):
        ordered = np.sort(pool[rng.integers(len(pool), size=len(pool))])
        found[row] = (ordered if maximize else ordered[::-1]) @ weights
    return found
