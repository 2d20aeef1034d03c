"""How fast a right sample is: CPU time read from outside, against the references, cut off at a limit.

Source of the protocol: Qiu, Zeng, Ezick, Lott and Tong (2024), "How Efficient is LLM-Generated Code? A
Rigorous & High-Standard Benchmark" (ENAMEL).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.engine.samples.equality import same_answer
from provolve.engine.samples.files import Problem
from provolve.engine.samples.judging import Answers
from provolve.engine.samples.runner import Limits, Stalled, explained
from provolve.errors import UsageError
from provolve.judge.metrics import LEVEL_WEIGHTS, efficiency, level_time, time_limit
from provolve.sandbox import Child, ChildFailed, Sandbox

REPETITIONS = 5
LEAST_SECONDS = 1e-6
"""A clock cannot tell a shorter time from none."""

Tests = list[list[list[float]]]
"""Seconds by level, test and repetition."""


class ReferenceTimes(msgspec.Struct, frozen=True, tag_field="kind", tag="reference"):
    """How long the references of a problem take."""

    task: str
    seconds: tuple[float, ...]
    """By level, those of the fastest reference; 0 for a level that does not count."""


class SampleTimes(msgspec.Struct, frozen=True, tag_field="kind", tag="times"):
    """How long one right sample takes."""

    index: int
    seconds: tuple[float | None, ...]
    """By level; None where it was cut off, or a smaller level was; 0 for a level that does not count."""
    efficiency: float
    """As ``judge.metrics.efficiency``: 1 is as fast as the reference, 0 the limit or beyond."""
    detail: str = ""


def level_weights(problem: Problem) -> tuple[float, ...]:
    """Return the weights of a problem's levels: the paper's for four, else 0 for the first and 1 for the
    others."""
    count = len(problem.levels)
    return LEVEL_WEIGHTS if count == len(LEVEL_WEIGHTS) else (0.0, *(1.0,) * (count - 1))


def is_timed(problem: Problem) -> bool:
    """Whether efficiency can be told: there are references, and inputs of more than one level."""
    return bool(problem.references) and len(problem.levels) > 1


def time_references(
    sandbox: Sandbox, problem: Problem, expected: Answers, limits: Limits, repetitions: int = REPETITIONS
) -> ReferenceTimes:
    """Time every reference of a problem; a level's time is that of the fastest.

    Raises:
        UsageError: if a reference fails where it answered before.
    """
    rows = []
    for source in problem.references:
        seconds, detail = _levels(sandbox, source, problem, expected, limits.cpu_seconds, repetitions)
        if math.inf in seconds:
            raise UsageError(
                f"{problem.where}: task {problem.task!r}: a reference failed while it was timed "
                f"({detail}): make it repeatable, or raise the limits"
            )
        rows.append(seconds)
    counts = [weight > 0 for weight in level_weights(problem)]
    fastest = [max(min(row[level] for row in rows), LEAST_SECONDS) for level in range(len(counts))]
    return ReferenceTimes(
        problem.task, tuple(time if counted else 0.0 for time, counted in zip(fastest, counts, strict=True))
    )


def time_sample(
    sandbox: Sandbox,
    index: int,
    source: str,
    problem: Problem,
    expected: Answers,
    references: Sequence[float],
    repetitions: int = REPETITIONS,
) -> SampleTimes:
    """Time one sample that was right, under the limit of twice the slowest level of the references.

    A sample that fails or answers wrongly while it is timed has efficiency 0, and ``detail`` says so.
    """
    weights = level_weights(problem)
    limit = time_limit(references, weights)
    seconds, detail = _levels(sandbox, source, problem, expected, limit, repetitions)
    worth = 0.0 if detail else efficiency(seconds, references, weights)
    return SampleTimes(
        index, tuple(None if math.isinf(time) else time for time in seconds), float(worth), detail
    )


class _Spoiled(Exception):
    """The program failed or answered wrongly while it was timed; the text says how."""


def _levels(
    sandbox: Sandbox,
    source: str,
    problem: Problem,
    expected: Answers,
    limit: float,
    repetitions: int,
) -> tuple[list[float], str]:
    """Return the seconds of each level, endless from the first that is cut off on; and what spoiled it."""
    weights = level_weights(problem)
    tests: Tests = [[[] for _ in level] for level in problem.levels]
    last = len(tests)
    for _ in range(repetitions):
        try:
            last = min(last, _once(sandbox, source, problem, expected, limit, tests, last))
        except _Spoiled as spoiled:
            return [math.inf if weight > 0 else 0.0 for weight in weights], str(spoiled)
    return [
        0.0 if weight == 0 else level_time(tests[level]) if level < last else math.inf
        for level, weight in enumerate(weights)
    ], ""


def _once(
    sandbox: Sandbox,
    source: str,
    problem: Problem,
    expected: Answers,
    limit: float,
    tests: Tests,
    last: int,
) -> int:
    """Add one repetition to ``tests``, from a fresh child, so that no answer of another can be kept.

    Returns:
        The first level that was cut off; ``last`` if none below it was.
    """
    with sandbox.child() as child:
        child.load(source, ())
        for level, weight in enumerate(level_weights(problem)[:last]):
            if weight == 0:
                continue
            for place, arguments in enumerate(problem.levels[level]):
                value = [problem.entry, list(arguments)]
                try:
                    seconds, answer = _measure(child, value, limit)
                except Stalled:
                    return level
                if not same_answer(expected[level][place], answer, problem.tolerance):
                    raise _Spoiled(f"another answer to input {place + 1} of level {level} while timed")
                tests[level][place].append(seconds)
    return last


def _measure(child: Child, value: object, limit: float) -> tuple[float, object]:
    """Return the CPU seconds of one call above those of a call that does nothing, and its answer.

    Raises:
        Stalled: if it was cut off.
    """
    try:
        # The first idle call of a child also loads the program, so that no load is ever timed.
        child.call("idle", value=value, cpu_seconds=_LOADING, wall_seconds=_LOADING_WALL)
        began = child.cpu_time()
        child.call("idle", value=value, cpu_seconds=_LOADING, wall_seconds=_LOADING_WALL)
        floor = child.cpu_time() - began
        began = child.cpu_time()
        ceiling = limit + floor + _SLACK
        answer = child.call("answer", value=value, cpu_seconds=ceiling, wall_seconds=5 * ceiling + 1.0)
        return max(0.0, child.cpu_time() - began - floor), answer
    except ChildFailed as failure:
        if failure.reason == "deadline":
            raise Stalled from failure
        told = explained(failure, limit)
        raise _Spoiled(f"{told.reason} while timed: {told.detail}") from failure


_LOADING, _LOADING_WALL = 5.0, 25.0
_SLACK = 0.0005
"""CPU seconds that one look at the clock may be late."""
