"""Which step size suits each baseline of the task optimizer, on training problems. Usage: tune_optimizers.py

Each program of the task names its step size ``rate`` in a line of its own. It is run with rates an eighth of
an order of magnitude apart, on problems drawn as for train with a seed of their own. Printed are its rate,
the best one and the mean score with each. Adam is tuned again with a rate that falls linearly, for the
judge's own baseline. Asserts nothing.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from provolve.task import Task, load

PROBLEMS = 96
SEED = 1
RATES = [float(f"{10.0 ** (k / 8):.2g}") for k in range(-18, 1)]
_RATE = re.compile(r"(?<=    rate = )[\d.e-]+$", re.MULTILINE)


def rule(source: str) -> Callable[..., Any]:
    """Return the update rule of a program of the task."""
    names: dict[str, Any] = {}
    exec(source, names)
    return names["update"]  # type: ignore[no-any-return]


def trained(task: Task, problem: Any, update: Callable[..., Any]) -> float:
    """Return the score of a rule on one problem, led in this process."""
    steps = task.judge.steps(problem)
    first = second = np.zeros(len(problem["start"]))
    decision = None
    with np.errstate(all="ignore"):
        while True:
            try:
                shown: Any = steps.send(decision)
            except StopIteration as end:
                return float(task.judge.score(problem, end.value))
            decision, first, second = update(first=first, second=second, **shown)


def main() -> None:
    """Print the scores of each program by rate."""
    task = load("optimizer")
    problems = list(task.judge.instances("train", PROBLEMS, np.random.default_rng(SEED)))
    sources = {"seed program": task.program.source}
    sources |= {name: program.source for name, program in task.baselines.items()}
    sources["adam, decaying"] = sources["adam"].replace("return rate *", "return left * rate *")
    for name, source in sources.items():
        own = _RATE.search(source)
        assert own is not None, f"{name} has no line rate = …"
        scores = {}
        for rate in RATES:
            update = rule(_RATE.sub(repr(rate), source))
            scores[rate] = statistics.fmean(trained(task, problem, update) for problem in problems)
        best = min(scores, key=scores.__getitem__)
        print(f"{name}: has {own[0]}, best {best:g}")
        print("  " + "  ".join(f"{rate:g}: {score:.3f}" for rate, score in scores.items()), flush=True)


if __name__ == "__main__":
    main()
