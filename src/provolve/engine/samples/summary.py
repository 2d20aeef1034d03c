"""From results to pass@k, eff@k and reasons of failure, model by model."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.engine.samples.files import Samples, fewest
from provolve.engine.samples.judging import SampleVerdict, outcomes
from provolve.engine.samples.results import Results
from provolve.engine.samples.timing import is_timed
from provolve.judge.metrics import (
    Estimate,
    eff_at_k,
    eff_at_k_estimate,
    over_problems,
    pass_at_k,
    pass_at_k_estimate,
    success_interval,
)

_SEED = 0


class Summary(msgspec.Struct, frozen=True):
    """What one model's samples are worth."""

    model: str
    tasks: int
    samples: int
    passed: int
    self_judged: int
    """How many of the samples were judged by code that ran beside them."""
    pass_at: dict[int, Estimate]
    """pass@k by k, the mean over problems with its 95 % interval."""
    eff_at: dict[int, Estimate]
    """eff@k by k, over the problems with references and levels; empty where there are none."""
    timed_tasks: int
    failures: dict[str, int]
    """How often each reason, most often first."""


def usable_ks(samples: Samples, ks: Sequence[int]) -> tuple[int, ...]:
    """Return those of ``ks`` for which every model has enough samples of every task, at least 1."""
    least = min(count for _, _, count in fewest(samples))
    return tuple(k for k in dict.fromkeys(ks) if k <= least) or (1,)


def summarize(samples: Samples, results: Results, ks: Sequence[int]) -> list[Summary]:
    """Return a summary of each model, in the order of the file.

    Args:
        samples: what was scored.
        results: what was found; whole.
        ks: each at least 1 and at most the fewest samples of a task.
    """
    return [_summary(model, samples, results, ks) for model in samples.models]


def _summary(model: str, samples: Samples, results: Results, ks: Sequence[int]) -> Summary:
    by_task: dict[str, list[SampleVerdict]] = {}
    for sample in samples.samples:
        if sample.model == model:
            by_task.setdefault(sample.task, []).append(results.verdicts[sample.index])
    verdicts = [verdict for group in by_task.values() for verdict in group]
    timed = {task: group for task, group in by_task.items() if is_timed(samples.problems[task])}
    return Summary(
        model=model,
        tasks=len(by_task),
        samples=len(verdicts),
        passed=sum(verdict.passed for verdict in verdicts),
        self_judged=sum(verdict.self_judged for verdict in verdicts),
        pass_at={k: _pass_at(list(by_task.values()), k) for k in ks},
        eff_at={k: _eff_at(list(timed.values()), results, k) for k in ks} if timed else {},
        timed_tasks=len(timed),
        failures=outcomes(verdicts),
    )


def _pass_at(groups: Sequence[Sequence[SampleVerdict]], k: int) -> Estimate:
    counts = [(len(group), sum(verdict.passed for verdict in group)) for group in groups]
    if len(counts) == 1:
        return pass_at_k_estimate(*counts[0], k)
    values = [pass_at_k(n, c, k) for n, c in counts]
    mean = over_problems(values, np.random.default_rng(_SEED))
    if all(value == 0.0 for value in values) or all(value == 1.0 for value in values):
        # Equal values have no spread to go by. Problems of values in [0, 1] with the mean p are all 1 with a
        # probability of p^n at most, so the exact interval of a rate covers.
        low, high = success_interval(round(sum(values)), len(values))
        return Estimate(mean.value, low, high, len(values), "exact")
    return Estimate(mean.value, max(0.0, mean.low), min(1.0, mean.high), mean.n, mean.method)


def _eff_at(groups: Sequence[Sequence[SampleVerdict]], results: Results, k: int) -> Estimate:
    rows = [[_efficiency(verdict, results) for verdict in group] for group in groups]
    if len(rows) == 1 and len(rows[0]) > 1:
        return eff_at_k_estimate(rows[0], k, np.random.default_rng(_SEED))
    return over_problems([eff_at_k(row, k) for row in rows], np.random.default_rng(_SEED))


def _efficiency(verdict: SampleVerdict, results: Results) -> float:
    return results.times[verdict.index].efficiency if verdict.passed else 0.0
