"""Intervals, tests and aggregates: numpy and arithmetic only."""

from provolve.judge.statistics.aggregate import Aggregate, Direction, Score, loss, shares
from provolve.judge.statistics.holm import holm, holm_confidences
from provolve.judge.statistics.interval import (
    Interval,
    bca,
    paired_interval,
    paired_intervals,
    paired_t,
    welch,
)
from provolve.judge.statistics.permutation import permutation_test
from provolve.judge.statistics.race import is_behind, stopped_at
from provolve.judge.statistics.ratio import least_seconds, ratio_of_minima, widened
from provolve.judge.statistics.seeds import SeedVariance, seed_variance
from provolve.judge.statistics.student import t_quantile

__all__ = [
    "Aggregate",
    "Direction",
    "Interval",
    "Score",
    "SeedVariance",
    "bca",
    "holm",
    "holm_confidences",
    "is_behind",
    "least_seconds",
    "loss",
    "paired_interval",
    "paired_intervals",
    "paired_t",
    "permutation_test",
    "ratio_of_minima",
    "seed_variance",
    "shares",
    "stopped_at",
    "t_quantile",
    "welch",
    "widened",
]
