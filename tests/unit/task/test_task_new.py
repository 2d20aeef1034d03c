"""The task that `provolve new` writes runs as it is."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.program import Program
from provolve.task import NEW_TASK, Task, lint, load, make_split


@pytest.fixture
def task(make) -> Task:
    return load(make.file(NEW_TASK, "jobs.py"))


def scores(task: Task, program: Program) -> list[float]:
    """Judge a program here, without a sandbox."""
    harness: dict[str, Any] = {}
    exec(task.harness, harness)
    candidate: dict[str, Any] = {}
    exec(program.source, candidate)
    found = []
    for instance in make_split(task, "train", 0):
        answer = harness["answer"](type("Candidate", (), candidate), task.judge.visible(instance))
        found.append(float(task.judge.score(instance, answer)))
    return found


def test_it_is_short_and_has_nothing_for_lint_to_find() -> None:
    assert NEW_TASK.count("\n") < 90
    assert max(map(len, NEW_TASK.split("\n"))) <= 110
    ast.parse(NEW_TASK)


def test_lint_has_nothing_to_say(task: Task) -> None:
    assert lint(task) == []


def test_every_program_of_it_is_judged_and_the_search_can_start_from_each(task: Task) -> None:
    seed = np.mean(scores(task, task.program))
    baselines = {name: np.mean(scores(task, program)) for name, program in task.baselines.items()}
    assert task.starts() == ("apparent-tardiness-cost", "earliest-due-date")
    assert 0 < baselines["apparent-tardiness-cost"] < seed
    assert baselines["earliest-due-date"] > 0
    assert min(scores(task, task.program)) > 0


@pytest.mark.parametrize(
    "answer", [None, [], [0] * 40, [*range(39)], [*range(1, 41)], [*range(39), 39.0], [*range(40), "x"]]
)
def test_its_judge_refuses_what_is_no_order(task: Task, answer: object) -> None:
    with pytest.raises(Refused, match="each of the jobs 0 to 39 once"):
        task.judge.score(make_split(task, "train", 0)[0], answer)


def test_its_judge_scores_by_the_definition(task: Task) -> None:
    instance = {"processing": np.array([3, 2]), "weight": np.array([5, 7]), "due": np.array([3, 4])}
    assert task.judge.score(instance, [0, 1]) == 7
    assert task.judge.score(instance, [1, 0]) == 10


def test_its_parameter_sets_the_number_of_jobs(make) -> None:
    task = load(make.file(NEW_TASK, "jobs.py"), {"jobs": "7"})
    assert len(make_split(task, "train", 0)[0]["due"]) == 7
