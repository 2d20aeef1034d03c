"""The small tasks of the ablation: their judges take what is right and refuse what is malformed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load
from provolve.task.lint import lint

TASKS = Path(__file__).parents[3] / "benchmarks" / "tasks"


@pytest.mark.parametrize("name", ["recurrence", "roots", "stock"])
def test_the_task_is_in_order_and_refuses_what_is_no_table_of_numbers(name: str) -> None:
    task = load(TASKS / f"{name}.py")
    assert [finding for finding in lint(task) if finding.severity == "error"] == []
    instance = next(iter(task.judge.instances("train", 1, np.random.default_rng(0))))
    for wrong in ([], [1.0, 2.0], np.full((41, 41), np.nan).tolist(), [np.inf] * 12):
        with pytest.raises(Refused):
            task.judge.score(instance, wrong)


def test_exact_roots_are_at_the_bound() -> None:
    judge = load(TASKS / "roots.py").judge
    instance = {"numbers": np.arange(1.0, 13.0), "rounds": [4] * 12}
    assert judge.score(instance, np.sqrt(np.arange(1.0, 13.0)).tolist()) == 0.0
    assert judge.score(instance, (1.001 * np.sqrt(np.arange(1.0, 13.0))).tolist()) == pytest.approx(9.0)


def test_a_shop_that_orders_nothing_pays_for_what_it_misses() -> None:
    judge = load(TASKS / "stock.py").judge
    instance = {"demand": np.full(10, 5)}
    # Ten are there: five are held after the first day, none after the second, then five a day are missed.
    assert judge.score(instance, np.zeros((41, 41)).tolist()) == pytest.approx((5 * 1.0 + 8 * 5 * 12.0) / 10)
