"""How much of a result is the instances' chance and how much the search's own."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike


class SeedVariance(msgspec.Struct, frozen=True):
    """The variance of a score, taken apart by search seed and by instance; in squares of the score's unit."""

    mean: float
    seeds: float
    """Variance between search seeds: what another search would have found."""
    instances: float
    """Variance between instances, the same for all seeds."""
    rest: float
    """What is left: instances that suit the one champion and not the other."""
    n_seeds: int
    n_instances: int

    @property
    def error_of_a_seed(self) -> float:
        """Standard error of one champion's mean over the instances, as an interval over instances sees it."""
        return math.sqrt((self.instances + self.rest) / self.n_instances)

    @property
    def error_of_the_method(self) -> float:
        """Standard error of the mean of all, as an estimate for new seeds on new instances."""
        both = self.n_seeds * self.n_instances
        return math.sqrt(self.seeds / self.n_seeds + self.instances / self.n_instances + self.rest / both)


def seed_variance(scores: ArrayLike) -> SeedVariance:
    """Take apart the variance of scores, or of paired differences, of several seeds' champions.

    The estimates of the analysis of variance for two crossed random factors, as in Searle, Casella and
    McCulloch (1992), "Variance components"; an estimate below zero counts as zero.

    Args:
        scores: ``(seeds, instances)`` finite numbers, at least two of each; column j is one instance.

    Raises:
        ValueError: if the shape is another or a number is not finite.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        raise ValueError(
            f"scores of shape {table.shape} cannot be taken apart: give finite numbers, "
            "a row a seed and a column an instance, at least two of each"
        )
    rows, columns = table.shape
    by_seed, by_instance, mean = table.mean(axis=1), table.mean(axis=0), float(table.mean())
    apart = table - by_seed[:, None] - by_instance[None, :] + mean
    rest = float((apart**2).sum()) / ((rows - 1) * (columns - 1))
    return SeedVariance(
        mean=mean,
        seeds=max(0.0, float(by_seed.var(ddof=1)) - rest / columns),
        instances=max(0.0, float(by_instance.var(ddof=1)) - rest / rows),
        rest=rest,
        n_seeds=rows,
        n_instances=columns,
    )
