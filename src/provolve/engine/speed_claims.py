"""The claim of a task of kind speed: how long the champion takes beside the other programs."""

from __future__ import annotations

import numpy as np

from provolve.engine.best import Best
from provolve.engine.claims import SEED_PROGRAM, TestOutcome
from provolve.engine.executor import Executor
from provolve.engine.messages import Timed, TimePrograms
from provolve.engine.seeds import claim_generator
from provolve.judge import PlainResult, SpeedResult, Timings
from provolve.judge.statistics import least_seconds, ratio_of_minima, widened
from provolve.program import render_source
from provolve.record import Claim, Comparison, Ratio, Speed
from provolve.task import Task

# Names with spaces: no baseline can have them.
CONTROL = "seed program again"
CHAMPION = "the champion"


def timed_programs(task: Task, champion: str) -> dict[str, str]:
    """Return the programs that are timed beside the seed program for a claim, by name."""
    baselines = {name: baseline.source for name, baseline in task.baselines.items()}
    return {CONTROL: task.program.source, CHAMPION: champion, **baselines}


def open_speed_test(task: Task, executor: Executor, best: Best, test_seed: int) -> TestOutcome:
    """Time the champion, the seed program twice, and all baselines on the sealed test instances.

    A champion with a wrong answer, or none, makes a claim that says so and compares nothing.
    """
    programs = timed_programs(task, render_source(task.program, best.champion))
    reply = executor.submit(TimePrograms("test", programs)).result()
    if not isinstance(reply, Timed):
        raise TypeError(f"a worker answered {type(reply).__name__} to programs to be timed")
    results = dict(reply.result.results)
    champion = results.pop(CHAMPION)
    results.pop(CONTROL)
    claim = make_speed_claim(task, best, champion, reply.result.timings, test_seed)
    return TestOutcome(
        claim=claim,
        champion=champion,
        others={name: result.scores for name, result in results.items() if result.rejection is None},
        failed={
            name: f"{result.rejection}: {result.detail}"
            for name, result in results.items()
            if result.rejection is not None
        },
        timings=reply.result.timings,
    )


def make_speed_claim(
    task: Task, best: Best, champion: PlainResult, timings: Timings, test_seed: int
) -> Claim:
    """Return the claim that follows from the samples on test."""
    speed: Speed | None = None
    comparisons: tuple[Comparison, ...] = ()
    if champion.rejection is None:
        warm = task.settings.timing.warm
        comparisons, control = _compared(timings, warm, test_seed)
        speed = _speed(timings, warm, control, comparisons[0], len(champion.scores), test_seed)
    return Claim(
        champion=best.champion.digest,
        kind=task.kind,
        instances=len(champion.scores),
        mean=float(np.mean(champion.scores)) if champion.scores else 0.0,
        exact="",
        scores=champion.scores,
        comparisons=comparisons,
        train=best.champion_loss,
        validation=best.validation,
        failure="" if champion.rejection is None else f"{champion.rejection}: {champion.detail}",
        speed=speed,
    )


def rejudged_ratios(task: Task, result: SpeedResult, test_seed: int) -> dict[str, Ratio]:
    """Return the champion's ratio to each other program, as new samples have it.

    Empty where the champion was rejected.
    """
    if result.results[CHAMPION].rejection is not None:
        return {}
    comparisons, _ = _compared(result.timings, task.settings.timing.warm, test_seed)
    return {other.name: other.ratio for other in comparisons if other.ratio is not None}


def _compared(timings: Timings, warm: bool, test_seed: int) -> tuple[tuple[Comparison, ...], Ratio]:
    """Return the champion beside each other program, the seed program first, and the control."""
    control = _ratio(timings, CONTROL, SEED_PROGRAM, warm, test_seed)
    unit = float(timings.seconds(SEED_PROGRAM, warm=warm).sum())
    comparisons = []
    for name in timings.programs:
        if name in (CONTROL, CHAMPION):
            continue
        ratio = widened(_ratio(timings, CHAMPION, name, warm, test_seed), control)
        mean = float(timings.seconds(name, warm=warm).sum()) / unit if unit > 0 else 1.0
        comparisons.append(
            Comparison(
                name=name,
                mean=mean,
                difference=mean * (1 - ratio.value),
                low=mean * (1 - ratio.high),
                high=mean * (1 - ratio.low),
                method="bootstrap+aa",
                ratio=ratio,
            )
        )
    return tuple(comparisons), control


def _speed(
    timings: Timings, warm: bool, control: Ratio, seed: Comparison, equal: int, test_seed: int
) -> Speed:
    floor = np.array(timings.floor).min(axis=0)
    programs = {name: least_seconds(*timings.parts(name, warm=False)) for name in timings.programs}
    if seed.ratio is None:
        raise TypeError("the champion's ratio to the seed program is missing")
    return Speed(
        warm=warm,
        rounds=len(timings.floor),
        equal=equal,
        control=control,
        ratio=seed.ratio,
        cold=_ratio(timings, CHAMPION, SEED_PROGRAM, False, test_seed).value,
        floor=float(floor[1:].mean()),
        seconds={name: float(least[1:].sum()) for name, least in programs.items()},
        loading={name: float(least[0]) for name, least in programs.items()},
    )


def _ratio(timings: Timings, one: str, other: str, warm: bool, test_seed: int) -> Ratio:
    first, floor = timings.parts(one, warm=warm)
    second, _ = timings.parts(other, warm=warm)
    rng = claim_generator(test_seed)
    return ratio_of_minima(first, second, floor, rng, kept=0 if warm else 1)
