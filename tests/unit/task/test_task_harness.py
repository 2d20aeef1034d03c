"""The harnesses: run here as the sandbox runs them, on their source alone."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from provolve.errors import TaskError
from provolve.task.grid import flatten
from provolve.task.harness import default_harness


def harness(form: str, entry: str = "rule") -> SimpleNamespace:
    namespace: dict[str, Any] = {}
    exec(compile(default_harness(form, entry), "harness", "exec", dont_inherit=True), namespace)
    return SimpleNamespace(**namespace)


def program(rule: Callable[..., object]) -> SimpleNamespace:
    return SimpleNamespace(rule=rule)


GRID = flatten({"item": np.arange(1, 4), "left": np.arange(2.0)})


def test_the_grid_is_flat_with_the_last_argument_fastest() -> None:
    assert GRID[0].tolist() == [1, 1, 2, 2, 3, 3]
    assert GRID[1].tolist() == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("visible", [GRID, {"entry": "rule", "grid": GRID}])
def test_table_calls_the_entry_once_with_flat_arrays(visible: object) -> None:
    calls = []

    def rule(item: Any, left: Any) -> Any:
        calls.append((item, left))
        return item * 10 + left

    values = harness("table").answer(program(rule), visible)
    assert len(calls) == 1
    assert values.dtype == np.float64
    assert values.tolist() == [10, 11, 20, 21, 30, 31]


def test_table_spreads_what_is_the_same_everywhere() -> None:
    values = harness("table").answer(program(lambda item, left: 3), GRID)
    assert values.tolist() == [3.0] * 6
    assert values.flags.c_contiguous


def test_table_lets_numbers_overflow_in_silence() -> None:
    values = harness("table").answer(program(lambda item, left: item / left), GRID)
    assert values[0] == np.inf


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda item, left: item[:3], r"rule returned shape \(3,\) for arguments of shape \(6,\)"),
        (lambda item, left: item.reshape(2, 3), r"rule returned shape \(2, 3\)"),
        (lambda item, left: item * 1j, "rule returned values of type complex128"),
        (lambda item, left: None, "rule returned values of type object"),
        (lambda item, left: "a", "rule returned values of type <U1"),
    ],
)
def test_table_says_what_it_cannot_take(rule: Callable[..., object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        harness("table").answer(program(rule), GRID)


@pytest.mark.parametrize(
    ("form", "function"), [("steps", "step"), ("table", "step"), ("certificate", "answer")]
)
def test_a_dict_becomes_keyword_arguments_and_all_else_the_only_one(form: str, function: str) -> None:
    call = getattr(harness(form), function)
    assert call(program(lambda a, b: a - b), {"b": 1, "a": 3}) == 2
    assert call(program(lambda x: x), [1, 2]) == [1, 2]


def test_the_entry_of_the_task_is_called(make) -> None:
    namespace: dict[str, Any] = {}
    exec(make.load().harness, namespace)
    assert namespace["answer"](SimpleNamespace(solve=lambda size: size + 1), {"size": 2}) == 3


def test_a_harness_of_the_tasks_own_is_taken_with_its_lines(make) -> None:
    own = "def start(program, visible):\n    pass\n\ndef answer(program, visible):\n    return 1 // 0\n"
    task = make.load(harness=own)
    assert task.harness.strip() == own.strip()
    assert {"start", "answer"} <= task.harness_functions
    file_lines = (make.root / "sums.py").read_text().split("\n")
    assert task.harness.split("\n").index("    return 1 // 0") == file_lines.index("    return 1 // 0")


def test_a_harness_needs_the_function_that_is_called(make) -> None:
    with pytest.raises(TaskError, match='no function answer, which answer = "certificate" calls'):
        make.load(harness="def step(program, observation): ...\n")


def test_a_harness_that_is_not_python_names_its_line(make) -> None:
    with pytest.raises(TaskError, match=r"line \d+: the harness is not Python"):
        make.load(harness="def answer(:\n")
