"""Linting a task with teeth: its own programs are judged, and then the task is attacked."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from provolve.engine.lint.answers import answer_attacks
from provolve.engine.lint.portable import portable_findings
from provolve.engine.lint.programs import program_attacks
from provolve.engine.lint.timed import timed_findings
from provolve.engine.lint.trial import Trial
from provolve.engine.lint.twins import twin_attacks
from provolve.engine.worker import open_sandbox
from provolve.errors import AuditFailed, JudgeError, TaskError
from provolve.judge import Judge, PlainResult, SpeedJudge, judge_of
from provolve.sandbox import Sandbox
from provolve.task import Finding, Task, make_split
from provolve.task import lint as lint_alone

__all__ = ["lint_task"]

_SLOT = 902


def lint_task(task: Task, *, seed: int = 0, allow_weak_sandbox: bool = False) -> list[Finding]:
    """Return what is wrong with ``task``, errors first: by looking at it, by judging its own programs, and
    by attacking it.

    Checked with candidates: the seed program and every baseline are accepted; the same program run again
    gives the same scores; the fast judge and its plain twin agree, also on ties. Then programs and answers
    that deserve nothing are tried: none may be scored as well as the seed program, beat the bound or make
    the judge fail. A finding names the attack and both scores. Instances are drawn as they would be from a
    bundle, where the task is not installed, and must be the same.

    ``allow_weak_sandbox``: whether a self-judged task may run where only ``partial`` or ``none`` holds. Such
    a task has no judge to be attacked.

    Raises:
        SandboxError: if no sandbox can be started here.
        SandboxUnavailable: if it is too weak for a self-judged task.
    """
    findings = lint_alone(task, seed=seed)
    if not any(finding.severity == "error" for finding in findings):
        with open_sandbox(task, slot=_SLOT, allow_weak=allow_weak_sandbox) as sandbox:
            single = _each_repeat_alone(task)
            try:
                judge = judge_of(single, sandbox, seed=seed, test_seed=seed)
                judge.scoring.set_instances("train", make_split(task, "train", seed))
                findings += (
                    timed_findings(single, judge)
                    if isinstance(judge, SpeedJudge)
                    else _with_candidates(single, judge, sandbox)
                )
            except (JudgeError, TaskError, AuditFailed) as error:
                findings.append(Finding("error", str(error)))
    order = ("error", "warning", "note")
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _each_repeat_alone(task: Task) -> Task:
    """Return the task as it is when every repeat counts as an instance: attacks look at single answers."""
    return dataclasses.replace(task, settings=msgspec.structs.replace(task.settings, repeats=1))


def _with_candidates(task: Task, judge: Judge, sandbox: Sandbox) -> Iterator[Finding]:
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
    if task.self_judged:
        return
    yield from portable_findings(task)
    trial = Trial(task, sandbox, judge.scoring, seed.scores)
    yield from answer_attacks(trial)
    yield from program_attacks(trial)
    yield from twin_attacks(trial)


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
