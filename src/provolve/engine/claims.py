"""The end of a run: the sealed test is opened once, and the champion is compared with every baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from provolve.engine.best import Best
from provolve.engine.executor import Executor
from provolve.engine.messages import BaselineScores, JudgeBaselines, JudgePlainly, PlainResults
from provolve.engine.seeds import claim_generator
from provolve.judge import PlainResult, Timings
from provolve.judge.statistics import Interval, holm, holm_confidences, loss, paired_intervals, shares, welch
from provolve.program import render_source
from provolve.record import Claim, Comparison, Optimism
from provolve.task import Task

SEED_PROGRAM = "seed program"


class TestOutcome(msgspec.Struct, frozen=True):
    """Everything that was found on test; kept in the record as the stage ``claim`` and in bundles."""

    claim: Claim
    champion: PlainResult
    others: dict[str, tuple[float, ...]]
    """Scores by instance of the seed program and the baselines."""
    failed: dict[str, str]
    """Baselines that were rejected on test, with the reason."""
    timings: Timings | None = None
    """For kind ``speed``: all samples, from which the claim follows."""


def open_test(
    task: Task, executor: Executor, best: Best, test_seed: int, seed_on_validation: Sequence[float]
) -> TestOutcome:
    """Judge the champion, the seed program and all baselines on the sealed test instances.

    A champion that is rejected on an instance of test makes a claim that says so and compares nothing. The
    champion is judged on validation once more, for the spread of its scores there.
    """
    sources = {SEED_PROGRAM: task.program.source}
    for name, baseline in task.baselines.items():
        sources[name] = baseline.source
    source = render_source(task.program, best.champion)
    champion = executor.submit(JudgePlainly("test", (source,)))
    validation = executor.submit(JudgePlainly("validation", (source,)))
    programs = {name: executor.submit(JudgePlainly("test", (source,))) for name, source in sources.items()}
    own = executor.submit(JudgeBaselines("test")).result()
    others: dict[str, tuple[float, ...]] = {}
    failed: dict[str, str] = {}
    for name, future in programs.items():
        result = only_result(future.result())
        if result.rejection is None:
            others[name] = result.scores
        else:
            failed[name] = f"{result.rejection}: {result.detail}"
    if isinstance(own, BaselineScores):
        others.update(own.scores)
    result = only_result(champion.result())
    optimism = optimism_of(
        task,
        (result.scores, others.get(SEED_PROGRAM, ())),
        (only_result(validation.result()).scores, seed_on_validation),
    )
    return TestOutcome(make_claim(task, best, result, others, test_seed, optimism), result, others, failed)


def make_claim(
    task: Task,
    best: Best,
    champion: PlainResult,
    others: Mapping[str, Sequence[float]],
    test_seed: int,
    optimism: Optimism | None,
) -> Claim:
    """Return the claim that follows from the scores on test."""
    settings = task.settings
    rng = claim_generator(test_seed)
    scores = champion.scores
    compared: tuple[Comparison, ...] = ()
    if champion.rejection is None:
        differences = {
            name: _differences(scores, other, settings.direction) for name, other in others.items()
        }
        compared = _compared(others, differences, settings.exhaustive, rng)
    return Claim(
        champion=best.champion.digest,
        kind=settings.kind,
        instances=len(scores),
        mean=float(np.mean(scores)) if scores else 0.0,
        exact=champion.exact[0] if settings.kind == "construction" and champion.exact else "",
        scores=scores,
        comparisons=compared,
        train=best.champion_loss,
        validation=best.validation,
        optimism=optimism,
        failure="" if champion.rejection is None else f"{champion.rejection}: {champion.detail}",
        self_judged=settings.answer == "self-judged",
        epoch=best.champion_epoch,
        explained=champion.explained,
    )


def optimism_of(
    task: Task,
    test: tuple[Sequence[float], Sequence[float]],
    validation: tuple[Sequence[float], Sequence[float]],
) -> Optimism | None:
    """Return how much worse the champion is on test than on validation.

    Args:
        task: the task, for its aggregate.
        test: scores of the champion and of the seed program on test; empty where one was rejected.
        validation: the same on validation.
    """
    settings = task.settings
    if settings.exhaustive or not all(map(len, (*test, *validation))):
        return None
    aggregate, direction = settings.aggregate, settings.direction
    try:
        losses = [loss(*scores, aggregate, direction) for scores in (test, validation)]
        if aggregate == "worst":
            return Optimism(losses[0], losses[0] - losses[1], None, None)
        on_test, on_validation = (shares(*scores, aggregate, direction) for scores in (test, validation))
        interval = welch(on_test, on_validation)
    except ValueError:  # the seed program scores 0 on an instance of test, so there is no ratio to it
        return None
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Optimism(losses[0], losses[0] - losses[1], low, high)


def _differences(champion: Sequence[float], other: Sequence[float], direction: str) -> NDArray[np.float64]:
    differences = np.asarray(other, dtype=np.float64) - np.asarray(champion, dtype=np.float64)
    return -differences if direction == "maximize" else differences


def _compared(
    others: Mapping[str, Sequence[float]],
    differences: Mapping[str, NDArray[np.float64]],
    exhaustive: bool,
    rng: np.random.Generator,
) -> tuple[Comparison, ...]:
    """Return all comparisons, each with its own interval and whether what it shows holds with the others."""
    # Programs of equal scores are one comparison, not several that could err apart.
    same = {name: _first_equal(name, differences) for name in differences}
    distinct = list(dict.fromkeys(same.values()))
    confidences = holm_confidences(len(distinct))
    nested = (
        {}
        if exhaustive
        else {name: paired_intervals(row, rng, confidences) for name, row in differences.items()}
    )
    counted = [name for name in distinct if nested.get(name)]
    joint = dict(zip(counted, holm([nested[name] for name in counted]), strict=True))
    return tuple(
        _comparison(name, others[name], row, nested.get(name, []), joint.get(same[name], True))
        for name, row in differences.items()
    )


def _first_equal(name: str, differences: Mapping[str, NDArray[np.float64]]) -> str:
    return next(other for other, row in differences.items() if np.array_equal(row, differences[name]))


def _comparison(
    name: str,
    other: Sequence[float],
    differences: NDArray[np.float64],
    intervals: Sequence[Interval],
    jointly: bool,
) -> Comparison:
    mean = float(np.mean(other))
    if not intervals:
        return Comparison(name, mean, float(np.mean(differences)), None, None, "")
    plain = intervals[0]
    return Comparison(name, mean, plain.mean, plain.low, plain.high, plain.method, jointly=jointly)


def only_result(reply: object) -> PlainResult:
    """Return the one result of a reply to `JudgePlainly`."""
    if not isinstance(reply, PlainResults):
        raise TypeError(f"a worker answered {type(reply).__name__} to a program")
    return reply.results[0]
