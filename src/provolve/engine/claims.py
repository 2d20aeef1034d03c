"""The end of a run: the sealed test is opened once, and the champion is compared with every baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from provolve.engine.executor import Executor
from provolve.engine.loop import Best
from provolve.engine.messages import BaselineScores, JudgeBaselines, JudgePlainly, PlainResults
from provolve.engine.seeds import claim_generator
from provolve.judge import PlainResult, Timings
from provolve.judge.statistics import paired_interval
from provolve.program import render_source
from provolve.record import Claim, Comparison
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


def open_test(task: Task, executor: Executor, best: Best, test_seed: int) -> TestOutcome:
    """Judge the champion, the seed program and all baselines on the sealed test instances.

    A champion that is rejected on an instance of test makes a claim that says so and compares nothing.
    """
    sources = {SEED_PROGRAM: task.program.source}
    for name, baseline in task.baselines.items():
        sources[name] = baseline.source
    champion = executor.submit(JudgePlainly("test", (render_source(task.program, best.champion),)))
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
    return TestOutcome(make_claim(task, best, result, others, test_seed), result, others, failed)


def make_claim(
    task: Task,
    best: Best,
    champion: PlainResult,
    others: Mapping[str, Sequence[float]],
    test_seed: int,
) -> Claim:
    """Return the claim that follows from the scores on test."""
    settings = task.settings
    rng = claim_generator(test_seed)
    scores = champion.scores
    compared: tuple[Comparison, ...] = ()
    if champion.rejection is None:
        compared = tuple(
            _compare(name, scores, other, settings.direction, settings.exhaustive, rng)
            for name, other in others.items()
        )
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
        failure="" if champion.rejection is None else f"{champion.rejection}: {champion.detail}",
        self_judged=settings.answer == "self-judged",
    )


def _compare(
    name: str,
    champion: Sequence[float],
    other: Sequence[float],
    direction: str,
    exhaustive: bool,
    rng: np.random.Generator,
) -> Comparison:
    differences = np.asarray(other) - np.asarray(champion)
    if direction == "maximize":
        differences = -differences
    mean = float(np.mean(other))
    interval = None if exhaustive else paired_interval(differences, rng)
    if interval is None:
        return Comparison(name, mean, float(np.mean(differences)), None, None, "")
    return Comparison(name, mean, interval.mean, interval.low, interval.high, interval.method)


def only_result(reply: object) -> PlainResult:
    """Return the one result of a reply to `JudgePlainly`."""
    if not isinstance(reply, PlainResults):
        raise TypeError(f"a worker answered {type(reply).__name__} to a program")
    return reply.results[0]
