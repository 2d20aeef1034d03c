"""Linting a task of kind speed: its programs are timed, and wrong answers are offered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from provolve.engine.lint.variations import altered, non_answers
from provolve.errors import ProvolveError, Refused
from provolve.judge import SpeedJudge
from provolve.sandbox import ChildFailed, decode
from provolve.task import Finding, Task
from provolve.task.content import content_digest

_SEED = 7
_TRIES = 20
_ROUNDS = 2
_LEAST_MILLISECONDS = 0.5


def timed_findings(task: Task, judge: SpeedJudge) -> Iterator[Finding]:
    """Check the programs of a task of kind ``speed``, and that wrong answers are found."""
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
    own = content_digest(answer)
    for what, wrong in non_answers():
        if content_digest(wrong) != own and _right(judge, wrong):
            yield Finding("error", f'attack "no answer": the judge accepts {what} as an answer')
    rng = np.random.default_rng(_SEED)
    others = [altered(answer, rng) for _ in range(_TRIES)]
    accepted = sum(content_digest(other) != own and _right(judge, other) for other in others)
    if accepted:
        yield Finding(
            "warning",
            f'attack "altered answer": {accepted} of {_TRIES} answers of the seed program, altered at '
            "random, are accepted: see that the judge's same or score checks the whole answer",
        )


def _right(judge: SpeedJudge, answer: object) -> bool:
    """Whether an answer to the first train instance is accepted."""
    try:
        judge.check_one("train", 0, answer)
    except (ChildFailed, Refused, ProvolveError):
        return False
    return True
