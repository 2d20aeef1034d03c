"""How fast a right sample is: CPU time read from outside, against the references, cut off at a limit.

Source of the protocol: Qiu, Zeng, Ezick, Lott and Tong (2024), "How Efficient is LLM-Generated Code? A
Rigorous & High-Standard Benchmark" (ENAMEL).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from provolve.engine.samples.equality import same_answer
from provolve.engine.samples.files import Problem
from provolve.engine.samples.judging import Answers
from provolve.engine.samples.runner import Limits
from provolve.errors import UsageError
from provolve.judge.failures import steady
from provolve.judge.metrics import LEVEL_WEIGHTS, efficiency, hodges_lehmann, level_time, time_limit
from provolve.sandbox import Child, ChildFailed, Sandbox

REPETITIONS = 5
LEAST_SECONDS = 1e-6
"""A clock cannot tell a shorter time from none."""
_LOADING = 5.0
"""CPU seconds for loading a program, which no timing counts."""
_SLACK = 0.0005
"""CPU seconds that a look at the clock may be late."""
_WALL_FACTOR, _WALL_EXTRA = 5.0, 1.0

Seconds = tuple[tuple[float, ...], ...]
"""By level and input."""


class ReferenceTimes(msgspec.Struct, frozen=True, tag_field="kind", tag="reference"):
    """How long the references of a problem take."""

    task: str
    seconds: tuple[float, ...]
    """By level, those of the fastest reference; 0 for a level that does not count."""
    floors: Seconds
    """What a call costs that does nothing, by level and input; subtracted from every time."""


class SampleTimes(msgspec.Struct, frozen=True, tag_field="kind", tag="times"):
    """How long one right sample takes."""

    index: int
    seconds: tuple[float | None, ...]
    """By level; None where it was cut off, or a smaller level was; 0 for a level that does not count."""
    efficiency: float
    """As ``judge.metrics.efficiency``: 1 is as fast as the reference, 0 the limit or beyond."""
    detail: str = ""
    """What went wrong while it was timed; then the efficiency is 0."""


class Timer:
    """Times programs on the inputs of one problem; one child is alive at a time.

    Every repetition has a fresh child, so that no answer can be kept from one to the next, and an input comes
    only with the call that is timed. The floor is measured in children that hold no candidate, who could
    otherwise make it high.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        problem: Problem,
        expected: Answers,
        limits: Limits,
        repetitions: int = REPETITIONS,
    ) -> None:
        self._sandbox = sandbox
        self._problem = problem
        self._expected = expected
        self._limits = limits
        self._repetitions = repetitions
        self._weights = level_weights(problem)

    def time_references(self) -> ReferenceTimes:
        """Time the floor and every reference; a level's time is that of the fastest reference.

        Raises:
            UsageError: if a reference fails where it answered before.
        """
        limit = self._limits.cpu_seconds
        floors = self._floors(limit)
        rows = []
        for source in self._problem.references:
            seconds, detail = self._levels(source, limit, floors)
            if math.inf in seconds:
                raise UsageError(
                    f"{self._problem.where}: task {self._problem.task!r}: a reference failed while it was "
                    f"timed ({detail or 'too slow'}): make it repeatable, or raise the limits"
                )
            rows.append(seconds)
        fastest = tuple(
            max(min(row[level] for row in rows), LEAST_SECONDS) if weight > 0 else 0.0
            for level, weight in enumerate(self._weights)
        )
        return ReferenceTimes(self._problem.task, fastest, floors)

    def time_sample(self, index: int, source: str, references: ReferenceTimes) -> SampleTimes:
        """Time one sample that was right, under the limit of twice the slowest level of the references."""
        limit = time_limit(references.seconds, self._weights)
        seconds, detail = self._levels(source, limit, references.floors)
        worth = 0.0 if detail else efficiency(seconds, references.seconds, self._weights)
        shown = tuple(None if math.isinf(time) else time for time in seconds)
        return SampleTimes(index, shown, float(worth), detail)

    def _floors(self, limit: float) -> Seconds:
        nothing = f"def {self._problem.entry}(*arguments):\n    return None\n"
        tests, _ = self._repeated(nothing, limit, None, None)
        return tuple(tuple(hodges_lehmann(test) if test else 0.0 for test in level) for level in tests)

    def _levels(self, source: str, limit: float, floors: Seconds) -> tuple[list[float], str]:
        """Return the seconds of each level, endless from the first cut off on; and what spoiled it."""
        try:
            tests, last = self._repeated(source, limit, floors, self._expected)
        except _Spoiled as spoiled:
            return [math.inf if weight > 0 else 0.0 for weight in self._weights], str(spoiled)
        return [
            0.0 if weight == 0 else level_time(tests[level]) if level < last else math.inf
            for level, weight in enumerate(self._weights)
        ], ""

    def _repeated(
        self, source: str, limit: float, floors: Seconds | None, expected: Answers | None
    ) -> tuple[list[list[list[float]]], int]:
        """Return seconds by level, input and repetition, and the first level that was cut off."""
        tests: list[list[list[float]]] = [[[] for _ in level] for level in self._problem.levels]
        last = len(tests)
        for _ in range(self._repetitions):
            try:
                for level, place, seconds in self._once(source, limit, floors, expected, last):
                    tests[level][place].append(seconds)
            except _CutOff as cut:
                last = cut.level
        return tests, last

    def _once(
        self, source: str, limit: float, floors: Seconds | None, expected: Answers | None, last: int
    ) -> Iterator[tuple[int, int, float]]:
        """Yield level, input and seconds of each call of one repetition.

        Raises:
            _CutOff: at the first call that reached the limit.
            _Spoiled: if the program failed otherwise or answered wrongly.
        """
        problem = self._problem
        with self._sandbox.child() as child:
            child.load(source, ())
            self._call(child, "ready", problem.entry, self._limits.cpu_seconds + _LOADING, 0)
            for level, inputs in enumerate(problem.levels[:last]):
                for place, arguments in enumerate(inputs if self._weights[level] > 0 else ()):
                    floor = 0.0 if floors is None else floors[level][place]
                    began = child.cpu_time()
                    value = [problem.entry, list(arguments)]
                    answer = self._call(child, "answer", value, limit + floor + _SLACK, level)
                    seconds = child.cpu_time() - began
                    if expected and not same_answer(expected[level][place], answer, problem.tolerance):
                        raise _Spoiled(f"another answer to level {level}, input {place + 1} while timed")
                    yield level, place, max(0.0, seconds - floor)

    def _call(self, child: Child, function: str, value: object, seconds: float, level: int) -> object:
        try:
            return child.call(
                function, value=value, cpu_seconds=seconds, wall_seconds=_WALL_FACTOR * seconds + _WALL_EXTRA
            )
        except ChildFailed as failure:
            if failure.reason in ("deadline", "stalled") and function == "answer":
                raise _CutOff(level) from failure
            raise _Spoiled(f"{failure.reason} while timed: {steady(failure.detail)}") from failure


class _Spoiled(Exception):
    """The program failed or answered wrongly while it was timed; the text says how."""


class _CutOff(Exception):
    """The program reached the limit at a level."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.level = level


def level_weights(problem: Problem) -> tuple[float, ...]:
    """Return the weights of a problem's levels.

    The paper's for four levels, else 0 for the first and 1 for each other.
    """
    count = len(problem.levels)
    return LEVEL_WEIGHTS if count == len(LEVEL_WEIGHTS) else (0.0, *(1.0,) * (count - 1))


def is_timed(problem: Problem) -> bool:
    """Whether efficiency can be told: there are references, and inputs of more than one level."""
    return bool(problem.references) and len(problem.levels) > 1
