"""Intervals, tests and aggregates: numpy and arithmetic only."""

from provolve.judge.statistics.aggregate import Aggregate, Direction, Score, loss
from provolve.judge.statistics.interval import Interval, bca, paired_interval, paired_t
from provolve.judge.statistics.permutation import permutation_test
from provolve.judge.statistics.ratio import least_seconds, ratio_of_minima, widened
from provolve.judge.statistics.student import t_quantile

__all__ = [
    "Aggregate",
    "Direction",
    "Interval",
    "Score",
    "bca",
    "least_seconds",
    "loss",
    "paired_interval",
    "paired_t",
    "permutation_test",
    "ratio_of_minima",
    "t_quantile",
    "widened",
]
