"""Measures of code generators and searches: unbiased, numerically stable, each with an interval."""

from provolve.judge.metrics.best_at_k import best_at_k, best_at_k_curve, best_at_k_estimate, best_weights
from provolve.judge.metrics.efficiency import (
    LEVEL_WEIGHTS,
    LIMIT_FACTOR,
    eff_at_k,
    eff_at_k_estimate,
    efficiency,
    level_time,
    time_limit,
)
from provolve.judge.metrics.estimate import Estimate, over_problems, success_interval
from provolve.judge.metrics.hodges_lehmann import hodges_lehmann, hodges_lehmann_estimate
from provolve.judge.metrics.pass_at_k import pass_at_k, pass_at_k_curve, pass_at_k_estimate
from provolve.judge.metrics.pass_until import (
    pass_until,
    pass_until_estimate,
    pass_until_unbiased,
    pass_within,
)
from provolve.judge.metrics.relative_improvement import relative_improvement, relative_improvement_estimate

__all__ = [
    "LEVEL_WEIGHTS",
    "LIMIT_FACTOR",
    "Estimate",
    "best_at_k",
    "best_at_k_curve",
    "best_at_k_estimate",
    "best_weights",
    "eff_at_k",
    "eff_at_k_estimate",
    "efficiency",
    "hodges_lehmann",
    "hodges_lehmann_estimate",
    "level_time",
    "over_problems",
    "pass_at_k",
    "pass_at_k_curve",
    "pass_at_k_estimate",
    "pass_until",
    "pass_until_estimate",
    "pass_until_unbiased",
    "pass_within",
    "relative_improvement",
    "relative_improvement_estimate",
    "success_interval",
    "time_limit",
]
