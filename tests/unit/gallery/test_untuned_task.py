"""The task of the benchmarks that nobody tuned on: its judge believes no schedule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load, make_split
from provolve.task.lint import lint

TASK = Path(__file__).parents[3] / "benchmarks" / "tasks" / "job_shop"
INSTANCE = {"times": np.array([[3, 2], [2, 4]]), "machines": np.array([[0, 1], [1, 0]])}


@pytest.fixture(scope="module")
def task():
    return load(TASK)


def test_the_task_is_in_order(task) -> None:
    assert [finding for finding in lint(task) if finding.severity == "error"] == []
    assert len(task.starts()) == 3


def test_a_right_schedule_has_its_makespan_above_the_bound(task) -> None:
    assert task.judge.score(INSTANCE, np.array([[0, 3], [0, 3]])) == 0.0
    assert task.judge.score(INSTANCE, np.array([[0, 3], [0, 7]])) == pytest.approx(100 * 4 / 7)


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ([[0, 2], [0, 3]], "before it in its job"),
        ([[-1, 3], [0, 3]], "before it in its job"),
        ([[0, 3], [2, 4]], "machine 1 works on two"),
        ([[1, 4], [0, 2]], "machine 0 works on two"),
        ([[0.0, 3.0], [0.0, 3.0]], "whole numbers"),
        ([[0, 3]], "shape"),
    ],
)
def test_a_wrong_schedule_is_refused(task, starts, why) -> None:
    with pytest.raises(Refused, match=why):
        task.judge.score(INSTANCE, np.array(starts))


def test_the_bound_is_below_every_schedule(task) -> None:
    """A schedule one operation after the other is the worst that nobody would make, and right."""
    for instance in make_split(task, "train", 3):
        times = instance["times"]
        starts = (np.cumsum(times.ravel()) - times.ravel()).reshape(times.shape)
        assert task.judge.score(instance, starts) > 0
