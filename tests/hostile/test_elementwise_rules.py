"""Rules that pass for functions of single values and are none: the table of their values is not believed.

Whatever such a rule does, its scores are those it has when it is led step by step.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from provolve.engine.worker import profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.sandbox import Sandbox
from provolve.task import load


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    task = load("bin-packing", {"items": "200"})
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=9, test_seed=9)
        for split in ("train", "validation"):
            judge.scoring.set_reference(split, judge.plain.judge(split, task.program.source).scores)
        yield judge


PRETENDERS = {
    "looks at its neighbours": "    return -np.abs(left - np.roll(left, 3))\n",
    "ranks what it gets": "    return np.argsort(np.argsort(left)) % 7.0\n",
    "knows the order of the grid": (
        "    return left * 1.0 if len(left) > 500 and (np.diff(left[:50]) > 0).all() else -left\n"
    ),
    "depends on the place": "    return -left + 50.0 * (np.arange(len(left)) % 2)\n",
    "compares with the greatest": "    return np.where(left == left.max(), 1e9, -left)\n",
    "compares with the mean": "    return -np.abs(left - left.mean())\n",
    "knows a long argument": "    return -left if len(left) > 1000 else left * 1.0\n",
    "adds up": "    return np.cumsum(left) % 11.0\n",
    "knows the size of the whole grid": f"    return left * 1.0 if len(left) == {100 * 101} else -left\n",
}


def led_step_by_step(judge: Judge, region: str) -> list[float]:
    """The scores of a rule that is asked for one decision after another, here and now."""
    namespace: dict[str, object] = {}
    exec(region, namespace)
    scores = []
    for instance in judge.scoring.instances("train"):
        generator = judge.task.judge.steps(instance)
        observation = next(generator)
        try:
            while True:
                observation = generator.send(namespace["priority"](**observation))
        except StopIteration as finished:
            scores.append(judge.task.judge.score(instance, finished.value))
    return scores


@pytest.mark.parametrize("name", PRETENDERS)
def test_the_scores_are_those_of_the_rule_led_step_by_step(name: str, judge: Judge) -> None:
    region = f"def priority(item, left):\n    import numpy as np\n{PRETENDERS[name]}"
    candidate = lift(judge.task.program, (region,))
    (verdict,) = judge.judge(Batch((candidate.template,), ((0, candidate.literals),), incumbent=-1.0))
    assert verdict.accepted, verdict.detail
    assert np.allclose(verdict.scores, led_step_by_step(judge, region))


STATEFUL = """
called = []
def priority(item, left):
    called.append(1)
    return -left if len(called) % 2 else left * 1.0
"""


def test_a_rule_that_counts_its_calls_is_led_step_by_step(judge: Judge) -> None:
    candidate = lift(judge.task.program, (STATEFUL.lstrip(),))
    (verdict,) = judge.judge(Batch((candidate.template,), ((0, candidate.literals),), incumbent=-1.0))
    honest = lift(judge.task.program, ("def priority(item, left):\n    return -left\n",))
    (best_fit,) = judge.judge(Batch((honest.template,), ((0, honest.literals),), incumbent=-1.0))
    assert verdict.accepted, verdict.detail
    assert verdict.behaviour != best_fit.behaviour
    assert np.mean(verdict.scores) > np.mean(best_fit.scores), "half of its choices are the worst"
