"""Whether somebody who has only the bundle of a run would get the same instances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from provolve.errors import JudgeError
from provolve.judge.confined import ConfinedJudge
from provolve.task import Finding, JudgeModule, Task
from provolve.task.content import content_digest

_COUNT = 8
"""Instances that are drawn twice: enough for a task with several kinds of them."""


def portable_findings(task: Task) -> Iterator[Finding]:
    """Yield a warning if the judge, run in the sandbox as for a bundle, fails or draws other instances."""
    if not task.judge.has_instances:
        return
    try:
        with ConfinedJudge(task) as confined:
            there = _digests(confined, task)
    except JudgeError as error:
        yield Finding("warning", f"a bundle cannot be checked where this task is not installed: {error}")
        return
    for number, (one, other) in enumerate(zip(_digests(task.judge, task), there, strict=True)):
        if one != other:
            yield Finding(
                "warning",
                f"instance {number} differs in its last bits when it is drawn elsewhere, so that a bundle of "
                f"this task may not verify: round what comes of matrix products, exp and the like",
            )
            return


def _digests(judge: JudgeModule | ConfinedJudge, task: Task) -> list[str]:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(0, spawn_key=(0,))))
    count = min(_COUNT, task.settings.splits.validation)
    return [content_digest(instance) for instance in judge.instances("validation", count, rng)]
