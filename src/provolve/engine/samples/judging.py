"""Whether a sample is right: the judge's own comparison of plain answers with the expected ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import msgspec

from provolve.engine.samples.equality import same_answer
from provolve.engine.samples.files import Problem, Sample
from provolve.engine.samples.runner import Failure, Limits, Stalled, answers, run_check, waits
from provolve.errors import UsageError
from provolve.sandbox import Sandbox

PASSED = "passed"
WRONG = "wrong_answer"
_LONGEST_DETAIL = 300
_LONGEST_SHOWN = 80

Answers = tuple[tuple[object, ...], ...]


class SampleVerdict(msgspec.Struct, frozen=True, tag_field="kind", tag="verdict"):
    """What the judge says of one sample."""

    index: int
    task: str
    model: str
    outcome: str
    """``passed``, ``wrong_answer``, or the name of a rejection such as ``deadline`` or ``raised``."""
    detail: str = ""
    levels: int = 0
    """Levels of inputs answered rightly, from the smallest; a sample passes with the first, unless a larger
    level has a wrong answer."""
    self_judged: bool = False
    """Whether it is the sample's own word, since its tests are code that runs beside it."""

    @property
    def passed(self) -> bool:
        """Whether it counts as correct."""
        return self.outcome == PASSED


def expected_answers(sandbox: Sandbox, problem: Problem, limits: Limits) -> Answers:
    """Return the right answer to each input: as the tests file says, or as the references answer.

    Every reference runs in a child of its own; all must agree with each other and with the file.

    Raises:
        UsageError: if a reference fails or disagrees.
    """
    known = problem.expected
    said = "the expected answers"
    for number, source in enumerate(problem.references):
        name = f"reference {number + 1}"
        given = _reference_answers(sandbox, problem, source, name, limits)
        if known is None:
            known, said = given, name
        elif place := _difference(known, given, problem.tolerance):
            raise UsageError(
                f"{problem.where}: task {problem.task!r}: {name} differs from {said} on {place}: "
                "mend whichever is wrong"
            )
    if known is None:
        raise TypeError(f"{problem.where}: a problem of test code has no expected answers")
    return known


def judge_sample(
    sandbox: Sandbox, sample: Sample, problem: Problem, expected: Answers, limits: Limits
) -> SampleVerdict:
    """Run one sample in a fresh child and return the verdict on it; one that stalls is run once more."""

    def attempt() -> SampleVerdict:
        if problem.self_judged:
            failure = run_check(sandbox, sample.source, problem.entry, problem.check, limits)
            return _verdict(sample, problem, failure, 0)
        return _compared(sandbox, sample, problem, expected, limits)

    return _twice(attempt, lambda: _verdict(sample, problem, waits(), 0))


def _twice(attempt: Callable[[], SampleVerdict], otherwise: Callable[[], SampleVerdict]) -> SampleVerdict:
    for _ in range(2):
        try:
            return attempt()
        except Stalled:
            continue
    return otherwise()


def _compared(
    sandbox: Sandbox, sample: Sample, problem: Problem, expected: Answers, limits: Limits
) -> SampleVerdict:
    inputs = list(itertools.chain(*problem.levels))
    given = answers(sandbox, sample.source, problem.entry, inputs, limits)
    for level, wanted in enumerate(expected):
        for place, right in enumerate(wanted):
            answer = next(given)
            failure = _wrong(answer, right, problem.tolerance)
            if failure is None:
                continue
            if level > 0 and failure.reason == "deadline":
                return _verdict(sample, problem, None, level)
            where = _place(problem, level, place)
            return _verdict(sample, problem, Failure(failure.reason, f"{where}: {failure.detail}"), level)
    return _verdict(sample, problem, None, len(expected))


def _wrong(answer: object, right: object, tolerance: float) -> Failure | None:
    if isinstance(answer, Failure):
        return answer
    if same_answer(right, answer, tolerance):
        return None
    return Failure(WRONG, f"answered {_shown(answer)} where {_shown(right)} is right")


def _verdict(sample: Sample, problem: Problem, failure: Failure | None, levels: int) -> SampleVerdict:
    outcome, detail = (PASSED, "") if failure is None else (failure.reason, failure.detail[:_LONGEST_DETAIL])
    return SampleVerdict(
        sample.index, sample.task, sample.model, outcome, detail, levels, problem.self_judged
    )


def _reference_answers(sandbox: Sandbox, problem: Problem, source: str, name: str, limits: Limits) -> Answers:
    found: list[tuple[object, ...]] = []
    inputs = list(itertools.chain(*problem.levels))
    try:
        given = list(answers(sandbox, source, problem.entry, inputs, limits))
    except Stalled:
        given = [waits()]
    failure = given[-1]
    if isinstance(failure, Failure):
        raise UsageError(
            f"{problem.where}: task {problem.task!r}: {name} gives no answer to input {len(given)} "
            f"({failure.reason}: {failure.detail}): mend it, or raise the limits"
        )
    for level in problem.levels:
        found.append(tuple(given[: len(level)]))
        del given[: len(level)]
    return tuple(found)


def _difference(known: Answers, given: Answers, tolerance: float) -> str:
    for level, (wanted, found) in enumerate(zip(known, given, strict=True)):
        for place, (right, answer) in enumerate(zip(wanted, found, strict=True)):
            if not same_answer(right, answer, tolerance):
                return f"input {place + 1} of level {level} ({_shown(right)} and {_shown(answer)})"
    return ""


def _place(problem: Problem, level: int, place: int) -> str:
    return f"input {place + 1}" if len(problem.levels) == 1 else f"level {level}, input {place + 1}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of very many digits"
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def outcomes(verdicts: Sequence[SampleVerdict]) -> dict[str, int]:
    """Return how often each way of failing came, most often first, then by name."""
    counts: dict[str, int] = {}
    for verdict in verdicts:
        if not verdict.passed:
            counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
