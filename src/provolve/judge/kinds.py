"""Which judge a task has, by its kind."""

from __future__ import annotations

from provolve.judge.evaluate import Judge
from provolve.judge.speed import SpeedJudge
from provolve.sandbox import Sandbox
from provolve.task import Task


def judge_of(task: Task, sandbox: Sandbox, *, seed: int, test_seed: int) -> Judge | SpeedJudge:
    """Return the judge of ``task``; the seeds draw train and validation, and test."""
    if task.kind == "speed":
        return SpeedJudge(task, sandbox, seed=seed, test_seed=test_seed)
    return Judge(task, sandbox, seed=seed, test_seed=test_seed)
