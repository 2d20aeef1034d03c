"""The paired permutation test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from provolve.judge.statistics.interval import checked

EXACT_UP_TO = 16
"""Most differences for which all sign changes are tried: 65,536."""

_ROWS = 4096


def permutation_test(differences: ArrayLike, rng: np.random.Generator, resamples: int = 9999) -> float:
    """Return the two-sided p-value of the hypothesis that the differences are symmetric about zero.

    Signs are flipped as in Fisher (1935), "The design of experiments": all ways for up to 16 differences,
    else at random, the observed way counted among them as in Phipson and Smyth (2010), "Permutation
    p-values should never be zero".

    Args:
        differences: ``(n,)`` finite numbers, one a pair; at least one.
        rng: draws the signs where not all ways are tried.
        resamples: ways tried then; at least 1.

    Returns:
        A probability above 0, at most 1.

    Raises:
        ValueError: if there is no difference, one is not finite, or ``resamples`` is below 1.
    """
    values = checked(differences)
    if not len(values) or resamples < 1:
        raise ValueError(f"{len(values)} differences and {resamples} resamples: at least 1 of each is needed")
    if len(values) <= EXACT_UP_TO:
        return _as_far(values, _all_flips(len(values))) / (1 << len(values))
    found = 0
    for done in range(0, resamples, _ROWS):
        flips = rng.integers(2, size=(min(_ROWS, resamples - done), len(values)), dtype=np.int8)
        found += _as_far(values, flips)
    return (1 + found) / (1 + resamples)


def _all_flips(n: int) -> NDArray[np.int8]:
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.int8)


def _as_far(values: NDArray[np.float64], flips: NDArray[np.int8]) -> int:
    """Return how many sign changes (``(m, n)``, 1 flips) leave the sum as far from zero as it was."""
    sums = (1.0 - 2.0 * flips) @ values
    # Sums equal in truth differ by rounding, and must count as equal.
    slack = 1e-12 * float(np.abs(values).sum())
    return int(np.count_nonzero(np.abs(sums) >= abs(float(values.sum())) - slack))
