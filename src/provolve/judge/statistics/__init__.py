"""Intervals, tests and aggregates: numpy and arithmetic only."""

from provolve.judge.statistics.aggregate import Aggregate, Direction, Score, loss
from provolve.judge.statistics.interval import Interval, bca, paired_interval, paired_t
from provolve.judge.statistics.permutation import permutation_test
from provolve.judge.statistics.student import t_quantile

__all__ = [
    "Aggregate",
    "Direction",
    "Interval",
    "Score",
    "bca",
    "loss",
    "paired_interval",
    "paired_t",
    "permutation_test",
    "t_quantile",
]
