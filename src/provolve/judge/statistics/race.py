"""A sequential test that stops a candidate which is behind, with a stated error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from provolve.judge.statistics.interval import checked
from provolve.judge.statistics.student import t_tail


def is_behind(differences: ArrayLike, planned: int, error: float) -> bool:
    """Whether the mean of all ``planned`` differences is above zero, as told by the first of them.

    The one-sided test of Student (1908), "The probable error of a mean", for the mean of all ``planned``
    differences instead of that of a population: what was seen is part of what is asked about, so the
    variance is ``s² (1/n - 1/planned)``. With normal differences in an order that is independent of them, it
    says yes although the mean of all is at most zero with a probability of at most ``error``. Equal
    differences have no variance to go by; then it says yes where a fair coin would fall alike so often with a
    probability of at most ``error``.

    Args:
        differences: ``(n,)`` finite numbers, those seen so far; above zero is bad.
        planned: how many there are in all; at least n.
        error: probability of a wrong yes, above 0 and below 1.

    Raises:
        ValueError: if a difference is not finite, or a number is out of its range.
    """
    values = checked(differences)
    n = len(values)
    if planned < n or not 0 < error < 1:
        raise ValueError(f"{n} of {planned} differences and an error of {error} cannot be")
    mean = math.fsum(values) / n if n else 0.0
    if n < 2 or mean <= 0:
        return False
    if n == planned:
        return True
    deviation = float(values.std(ddof=1))
    # Below this the deviation is what rounding leaves of equal differences.
    if deviation <= 1e-12 * mean:
        return 2.0**-n <= error
    t = mean / (deviation * math.sqrt(1 / n - 1 / planned))
    return t_tail(t, n - 1) <= error


def stopped_at(differences: ArrayLike, stages: Sequence[int], error: float) -> int | None:
    """Return the first stage after which a race over ``differences`` would have been stopped, or None.

    Each look may err with ``error / len(stages)``, so all looks together with ``error`` (Bonferroni).

    Args:
        differences: ``(n,)`` finite numbers, all of them, in the order in which they come.
        stages: numbers of differences after which the race may be stopped, ascending, each below n.
        error: probability of a wrong stop, above 0 and below 1.
    """
    values = np.asarray(differences, dtype=np.float64)
    for stage in stages:
        if is_behind(values[:stage], len(values), error / len(stages)):
            return stage
    return None
