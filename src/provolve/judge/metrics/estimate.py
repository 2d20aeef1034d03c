"""An estimate with its interval, and the intervals that metrics share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.statistics import paired_interval
from provolve.judge.statistics.student import incomplete_beta

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 4999


class Estimate(msgspec.Struct, frozen=True):
    """A number and a two-sided interval for what it estimates."""

    value: float
    low: float
    high: float
    n: int
    """How many values it rests on: samples, trials or problems."""
    method: str
    """How the interval was made: ``exact``, ``t+bca``, ``bootstrap`` or ``signed ranks``; ``none`` if it
    could not be, and ``low`` and ``high`` are then the value's own range."""


def over_problems(
    values: Sequence[float] | FloatArray, rng: np.random.Generator, confidence: float = 0.95
) -> Estimate:
    """Estimate the mean of a metric over problems, which are taken as drawn from many like them.

    Args:
        values: (problems,) one finite number a problem, such as its pass@k.
        rng: draws the resamples.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The mean with the wider of the t and the BCa interval; with one problem the interval is endless.

    Raises:
        UsageError: no problem, a number that is not finite, or a confidence beyond its range.
    """
    checked = read_values(values, "values")
    check_confidence(confidence)
    interval = paired_interval(checked, rng, confidence)
    mean = float(checked.mean())
    if interval is None:
        return Estimate(mean, -np.inf, np.inf, len(checked), "none")
    return Estimate(mean, interval.low, interval.high, len(checked), interval.method)


def resampled(
    statistic: Callable[[FloatArray], FloatArray],
    values: FloatArray,
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Percentile interval of a statistic of independent values, by the bootstrap.

    Args:
        statistic: maps (rows, n) values to (rows,) numbers.
        values: (n,) the values seen.
        rng: draws the resamples.
        confidence: nominal coverage, in (0, 1).
        resamples: how many.
    """
    rows = max(1, 2_000_000 // len(values))
    found = [
        statistic(values[rng.integers(len(values), size=(min(rows, resamples - done), len(values)))])
        for done in range(0, resamples, rows)
    ]
    low, high = np.quantile(np.concatenate(found), ((1 - confidence) / 2, (1 + confidence) / 2))
    return float(low), float(high)


def success_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval for a rate, from successes in a fixed number of independent trials.

    Source: Clopper and Pearson (1934), "The Use of Confidence or Fiducial Limits Illustrated in the Case of
    the Binomial".
    """
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else beta_quantile(tail, successes, trials - successes + 1)
    high = 1.0 if successes == trials else beta_quantile(1 - tail, successes + 1, trials - successes)
    return low, high


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x below which a Beta(a, b) variable falls with ``probability`` in (0, 1), by bisection."""
    low, high = 0.0, 1.0
    while high - low > 1e-15 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if incomplete_beta(a, b, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def read_values(values: Sequence[float] | FloatArray, what: str) -> FloatArray:
    """Return (n,) finite numbers, n >= 1.

    Raises:
        UsageError: another shape, none at all, or one that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise UsageError(f"the {what} have the shape {array.shape}; give a row of one or more numbers")
    if not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise UsageError(f"number {where} of the {what} is {array[where]}; give finite numbers")
    return array


def check_confidence(confidence: float) -> None:
    """Refuse a confidence beyond (0, 1)."""
    if not 0 < confidence < 1:
        raise UsageError(f"the confidence is {confidence}; it lies between 0 and 1, as 0.95 does")


def check_k(k: int, n: int) -> None:
    """Refuse a k that n samples cannot estimate."""
    if not 1 <= k <= n:
        raise UsageError(f"k is {k} with {n} samples; an unbiased estimate needs 1 <= k <= samples")
