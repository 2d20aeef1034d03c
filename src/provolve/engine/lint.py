"""Linting a task with candidates: its own programs are judged, and its judge is offered answers to refuse."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

import numpy as np

from provolve.engine.worker import open_sandbox
from provolve.errors import AuditFailed, JudgeError, ProvolveError, Refused, TaskError
from provolve.judge import BadScore, Judge, PlainResult
from provolve.sandbox import decode
from provolve.task import Finding, Task
from provolve.task import lint as lint_alone

_SLOT = 902
_ALTERATIONS_SEED = 7
_ALTERED_ANSWERS = 5
_SHARE = 0.2


def lint_task(task: Task, *, seed: int = 0, allow_weak_sandbox: bool = False) -> list[Finding]:
    """Return what is wrong with ``task``, errors first: by looking at it, then by judging its own programs.

    Checked with candidates: the seed program and every baseline are accepted; the same program run again
    gives the same scores; the fast judge and its plain twin agree; answers that are no answers, and altered
    answers of the seed program, are refused or score no better.

    ``allow_weak_sandbox``: whether a self-judged task may run where only ``partial`` or ``none`` holds.

    Raises:
        SandboxError: if no sandbox can be started here.
        SandboxUnavailable: if it is too weak for a self-judged task.
    """
    findings = lint_alone(task, seed=seed)
    if not any(finding.severity == "error" for finding in findings):
        with open_sandbox(task, slot=_SLOT, allow_weak=allow_weak_sandbox) as sandbox:
            try:
                findings += _with_candidates(task, Judge(task, sandbox, seed=seed, test_seed=seed))
            except (JudgeError, TaskError, AuditFailed) as error:
                findings.append(Finding("error", str(error)))
    order = ("error", "warning", "note")
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _with_candidates(task: Task, judge: Judge) -> Iterator[Finding]:
    began = time.perf_counter()
    seed = judge.plain.judge("train", task.program.source)
    seconds = time.perf_counter() - began
    if seed.rejection is not None:
        yield Finding("error", f"the seed program is rejected: {seed.rejection}: {seed.detail}")
        return
    count = len(seed.scores)
    yield Finding(
        "note", f"the seed program takes {1000 * seconds / count:.3g} ms an instance, judging included"
    )
    judge.scoring.set_reference("train", seed.scores)
    try:
        judge.scoring.loss("train", seed.scores)
    except JudgeError as error:
        yield Finding("error", str(error))
        return
    if not task.settings.stochastic:
        yield from _repeated(task, judge, seed)
    for name, baseline in task.baselines.items():
        result = judge.plain.judge("train", baseline.source)
        if result.rejection is not None:
            yield Finding("error", f"baseline {name} is rejected: {result.rejection}: {result.detail}")
    for name, scores in judge.plain.baselines("train").items():
        yield Finding("note", f"baseline {name}, computed by the judge: {np.mean(scores):.6g} on train")
    yield from _refusals(task, judge, seed)


def _repeated(task: Task, judge: Judge, seed: PlainResult) -> Iterator[Finding]:
    again = judge.plain.judge("train", task.program.source)
    if again.behaviour != seed.behaviour:
        yield Finding(
            "error",
            "the seed program gives other answers when it is run again: make it repeatable, "
            "or write stochastic = true",
        )
    elif again.scores != seed.scores:
        yield Finding("error", "the judge gives the same answers other scores when it is called again")


def _refusals(task: Task, judge: Judge, seed: PlainResult) -> Iterator[Finding]:
    """Offer the judge answers it should refuse, and altered ones that should not score better."""
    answer = decode(seed.answers[seed.answer_of[0]])
    for what, wrong in _no_answers():
        score = _score(judge, wrong)
        if score is not None:
            yield Finding("error", f"the judge accepts {what} as an answer and scores it {score:g}")
    rng = np.random.default_rng(_ALTERATIONS_SEED)
    minimize = task.settings.direction == "minimize"
    suspicious = []
    for _ in range(_ALTERED_ANSWERS):
        score = _score(judge, _altered(answer, rng))
        if score is not None and (score < seed.scores[0] if minimize else score > seed.scores[0]):
            suspicious.append(score)
    if suspicious and task.settings.answer == "certificate":
        best = min(suspicious) if minimize else max(suspicious)
        yield Finding(
            "warning",
            f"an answer of the seed program, altered at random, scores {best:g} where it had "
            f"{seed.scores[0]:g}: see that the judge checks the whole answer",
        )


def _no_answers() -> Iterator[tuple[str, object]]:
    yield "None", None
    yield "a text", "answer"
    yield "an empty list", []
    yield "an empty dict", {}
    yield "not-a-number", math.nan
    yield "a list of None", [None, None]
    yield "an array of not-a-numbers", np.full(3, math.nan)


def _score(judge: Judge, answer: object) -> float | None:
    """Return the score of an answer to the first train instance; None where it is refused."""
    try:
        canonical = judge.scoring.canonical(answer)
        return float(judge.scoring.score("train", 0, canonical))
    except (Refused, BadScore, ProvolveError):
        return None


def _altered(value: object, rng: np.random.Generator) -> object:
    """Return plain data of the same kind in which about a fifth of the numbers is another number."""
    match value:
        case bool():
            return not value
        case int():
            return value + int(rng.integers(-3, 4)) if rng.random() < _SHARE else value
        case float():
            return value * float(rng.normal(1.0, 1.0)) if rng.random() < _SHARE else value
        case list():
            return _altered_list(value, rng)
        case dict():
            return {key: _altered(item, rng) for key, item in value.items()}
        case np.ndarray() if value.dtype.kind in "iuf" and value.size:
            flat = value.reshape(-1).copy()
            places = rng.random(len(flat)) < _SHARE
            flat[places] = rng.permutation(flat)[places]
            return flat.reshape(value.shape)
    return value


def _altered_list(value: Sequence[object], rng: np.random.Generator) -> list[object]:
    altered = [_altered(item, rng) for item in value]
    if altered and rng.random() < 0.5:
        del altered[int(rng.integers(len(altered)))]
    return altered
