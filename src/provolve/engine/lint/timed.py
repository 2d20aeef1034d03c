"""Linting a task of kind ``speed``: its programs are right and take long enough; wrong answers are found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from provolve.engine.lint.variations import altered, non_answers
from provolve.errors import ProvolveError, Refused
from provolve.judge import SpeedJudge
from provolve.sandbox import decode
from provolve.task import Finding, Task
from provolve.task.content import content_digest

_ALTERATIONS_SEED = 7
_ALTERED_ANSWERS = 5
_ROUNDS = 2
_LEAST_MILLISECONDS = 0.5


def timed_findings(task: Task, judge: SpeedJudge) -> Iterator[Finding]:
    """Yield what is wrong with the programs and the judge of a task of kind ``speed``.

    Raises:
        JudgeError: if the judge fails on the seed program.
    """
    seed = judge.plain.judge("train", task.program.source)
    if seed.rejection is not None:
        yield Finding("error", f"the seed program is rejected: {seed.rejection}: {seed.detail}")
        return
    programs = {name: baseline.source for name, baseline in task.baselines.items()}
    found = judge.measure("train", programs, _ROUNDS)
    for name, result in found.results.items():
        if result.rejection is not None:
            yield Finding("error", f"baseline {name} is rejected: {result.rejection}: {result.detail}")
    milliseconds = 1000 * float(np.mean(found.timings.seconds("seed program", warm=True)))
    yield Finding("note", f"the seed program takes {milliseconds:.3g} ms of CPU an instance")
    if milliseconds < _LEAST_MILLISECONDS:
        yield Finding(
            "warning",
            f"{milliseconds:.3g} ms an instance is little to be timed: a call that does nothing takes a part "
            "of it that shows. Make the instances larger",
        )
    yield from _wrong_answers(judge, decode(seed.answers[0]))


def _wrong_answers(judge: SpeedJudge, answer: object) -> Iterator[Finding]:
    for what, wrong in non_answers():
        if _right(judge, wrong):
            yield Finding("error", f"the judge accepts {what} as an answer")
    rng = np.random.default_rng(_ALTERATIONS_SEED)
    changed = [altered(answer, rng) for _ in range(_ALTERED_ANSWERS)]
    if any(content_digest(other) != content_digest(answer) and _right(judge, other) for other in changed):
        yield Finding(
            "warning",
            "an answer of the seed program, altered at random, is accepted: see that the judge's same or "
            "score checks the whole answer",
        )


def _right(judge: SpeedJudge, answer: object) -> bool:
    """Whether an answer to the first train instance is accepted."""
    try:
        judge.check_one("train", 0, answer)
    except (Refused, ProvolveError):
        return False
    return True
