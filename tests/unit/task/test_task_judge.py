"""The judge's functions: defaults, checks, and failures that name file, line and function."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from provolve.errors import JudgeError, Refused, TaskError
from provolve.task import Task

HEAD = """\
from fractions import Fraction
import numpy as np
from provolve import Refused

def instances(split, count, rng):
    yield from range(count)

def score(instance, answer):
    return answer
"""


def judged(make, more: str = "", settings: str = "", **kwargs: object) -> Task:
    return make.load(settings, judge=HEAD + more, **kwargs)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_what_a_judge_leaves_out_has_defaults(make) -> None:
    judge = judged(make, settings="bound = 4\n").judge
    instance = {"a": 1}
    assert judge.visible(instance) is instance
    assert judge.canonical(instance) is instance
    assert judge.plain_score(0, 3) == 3
    assert judge.bound(0) == 4
    assert judge.measures(0, 3) == ()
    assert judge.baselines == {}
    assert not judge.has_steps


def test_a_judge_may_explain_an_answer_in_lines(make) -> None:
    assert judged(make).judge.explain(0, 3) == ()
    judge = judged(
        make, "def explain(instance, answer): return [f'{answer} of {instance}', 'and more']\n"
    ).judge
    assert judge.explain(0, 3) == ("3 of 0", "and more")
    for wrong in ("'text'", "[1]", "None"):
        with pytest.raises(JudgeError, match=r"explain.*must return a list of text"):
            judged(make, f"def explain(instance, answer): return {wrong}\n").judge.explain(0, 3)


def test_a_judge_without_bounds_has_none(make) -> None:
    assert judged(make).judge.bound(0) is None


def test_what_a_judge_defines_is_called(make) -> None:
    judge = judged(
        make,
        "def visible(instance): return instance + 1\n"
        "def canonical(answer): return answer * 10\n"
        "def plain_score(instance, answer): return answer + 0.5\n"
        "def bound(instance): return None if instance else Fraction(1, 3)\n"
        "def baseline_best_fit(instance): return instance + 2\n",
    ).judge
    assert judge.visible(1) == 2
    assert judge.canonical(3) == 30
    assert judge.plain_score(0, 3) == 3.5
    assert judge.bound(0) == Fraction(1, 3)
    assert judge.bound(1) is None
    assert judge.baselines["best-fit"](5) == 7


def test_without_a_plain_twin_the_answer_is_scored_in_canonical_form(make) -> None:
    assert judged(make, "def canonical(answer): return answer * 10\n").judge.plain_score(0, 3) == 30


def test_visible_is_asked_once_an_instance(make) -> None:
    judge = judged(
        make, "calls = []\ndef visible(instance):\n    calls.append(1)\n    return len(calls)\n"
    ).judge
    instance, other = {"a": 1}, {"a": 1}
    assert [judge.visible(instance), judge.visible(instance), judge.visible(other)] == [1, 1, 2]


def test_parameters_reach_the_functions_that_take_them(make) -> None:
    judge = judged(
        make,
        "def bound(instance, parameters): return parameters['n']\n"
        "def baseline_x(instance, *, parameters): return parameters['n'] + 1\n",
        "[parameters.n]\ndefault = 5\n",
        parameters={"n": "8"},
    ).judge
    assert (judge.bound(0), judge.baselines["x"](0)) == (8, 9)
    assert judge.parameter_functions == {"bound", "baseline_x"}


@pytest.mark.parametrize("value", ["True", "None", "'3'", "np.float64(3)", "np.int64(3)", "[3]", "1j"])
@pytest.mark.parametrize("function", ["score", "plain_score", "bound", "baseline_x"])
def test_only_int_float_and_fraction_are_numbers(make, function: str, value: str) -> None:
    arguments = "instance" if function in ("bound", "baseline_x") else "instance, answer"
    judge = judged(make, f"def {function}({arguments}): return {value}\n").judge
    if (function, value) == ("bound", "None"):
        assert judge.bound(0) is None
        return
    owner = {"baseline_x": judge.baselines.get("x")}
    call = owner.get(function) or getattr(judge, function)
    with pytest.raises(JudgeError, match=f"judge function {function}: it returned .* no score"):
        call(*([0, 0] if "answer" in arguments else [0]))


@pytest.mark.parametrize("value", ["3", "3.5", "Fraction(7, 2)", "float('nan')"])
def test_exact_and_float_scores_pass_as_they_are(make, value: str) -> None:
    found = judged(make, f"def score(instance, answer): return {value}\n").judge.score(0, 0)
    assert repr(found) == repr(eval(value, {"Fraction": Fraction}))


def test_refused_passes_through(make) -> None:
    judge = judged(make, "def score(instance, answer): raise Refused('too long')\n").judge
    with pytest.raises(Refused, match="too long"):
        judge.score(0, 0)


def test_a_failure_names_file_line_function_and_error(make) -> None:
    judge = judged(
        make, "def inner():\n    return {}['k']\ndef score(instance, answer):\n    return inner()\n"
    ).judge
    text = (make.root / "sums.py").read_text().split("\n")
    line = text.index("    return {}['k']") + 1
    with pytest.raises(JudgeError, match=rf"sums\.py, line {line}: judge function score: KeyError: 'k'"):
        judge.score(0, 0)


def test_a_judge_that_cannot_be_loaded_says_so_when_first_called(make) -> None:
    task = judged(make, "import no_such_module_anywhere\n")
    line = HEAD.count("\n") + 6
    with pytest.raises(JudgeError, match=rf"line {line}: the judge cannot be loaded: ModuleNotFoundError"):
        task.judge.score(0, 0)


def test_nothing_of_the_judge_runs_before_it_is_called(make, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    task = judged(make, f"open({str(mark)!r}, 'w').close()\n")
    assert task.judge.functions >= {"score", "instances"}
    assert list(task.judge.baselines) == []
    assert not mark.exists()
    task.judge.score(0, 0)
    assert mark.exists()


def test_classes_of_a_judge_find_their_module(make) -> None:
    judge = judged(
        make,
        "import dataclasses\n@dataclasses.dataclass\nclass Bin:\n    room: 'int'\n"
        "def visible(instance): return Bin(3).room\n",
    ).judge
    assert judge.visible(0) == 3


def test_numba_finds_the_judges_file(make) -> None:
    pytest.importorskip("numba")
    judge = judged(
        make,
        "import numba\n@numba.njit(cache=True)\ndef twice(x):\n    return 2 * x\n"
        "def score(instance, answer): return int(twice(answer))\n",
    ).judge
    assert judge.score(0, 4) == 8
    assert any(name.startswith("_provolve_judge_") for name in sys.modules)


# Instances


def test_instances_are_counted(make) -> None:
    judge = judged(make, "def instances(split, count, rng): return [0] * 3\n").judge
    assert judge.instances("train", 3, rng()) == [0, 0, 0]
    with pytest.raises(JudgeError, match="asked for 4 for train, it gave only 3"):
        judge.instances("train", 4, rng())
    with pytest.raises(JudgeError, match="asked for 2 for test, it gave more"):
        judge.instances("test", 2, rng())


def test_an_endless_generator_is_stopped(make) -> None:
    judge = judged(make, "def instances(split, count, rng):\n    while True: yield 0\n").judge
    with pytest.raises(JudgeError, match="it gave more"):
        judge.instances("train", 2, rng())


@pytest.mark.parametrize("given", ["None", "7", "{'a': 1}", "'text'"])
def test_instances_that_are_no_sequence_are_refused(make, given: str) -> None:
    judge = judged(make, f"def instances(split, count, rng): return {given}\n").judge
    with pytest.raises(JudgeError, match="it must yield instances, not return"):
        judge.instances("train", 1, rng())


def test_instances_must_be_plain_data(make) -> None:
    judge = judged(make, "def instances(split, count, rng):\n    yield 0\n    yield {'a': [1, {2}]}\n").judge
    with pytest.raises(JudgeError, match=r"instance 1 is not plain data: at \['a'\]\[1\] stands a set"):
        judge.instances("train", 2, rng())


def test_visible_must_be_plain_data(make) -> None:
    judge = judged(make, "def visible(instance): return object()\n").judge
    with pytest.raises(JudgeError, match="judge function visible: what it returned is not plain data"):
        judge.visible(0)


def test_a_generator_that_fails_midway_names_its_line(make) -> None:
    judge = judged(
        make, "def instances(split, count, rng):\n    yield 0\n    raise ValueError('bad')\n"
    ).judge
    with pytest.raises(JudgeError, match=r"line \d+: judge function instances: ValueError: bad"):
        judge.instances("train", 2, rng())


def test_functions_that_the_settings_call_for_must_be_there(make) -> None:
    for settings, name in (
        ('direction = "minimize"\nanswer = "steps"\n', "steps"),
        ('direction = "minimize"\nanswer = "table"\n', "grid"),
        ('direction = "minimize"\nanswer = "certificate"\nmeasures = ["m"]\n', "measures"),
    ):
        with pytest.raises(TaskError, match=f"the judge has no function {name}: "):
            make.load(settings, replacing=True, judge=HEAD)
    for name in ("score", "instances"):
        with pytest.raises(TaskError, match=f"the judge has no function {name}: "):
            make.load(judge=HEAD.replace(f"def {name}(", "def other("))


def test_a_judge_function_must_be_a_function(make) -> None:
    with pytest.raises(JudgeError, match="judge function visible: it must be a function, not a int"):
        judged(make, "visible = 3\n").judge.visible(0)


# Steps, grid, measures

STEPS = 'direction = "minimize"\nanswer = "steps"\n'


def test_steps_lead_a_candidate(make) -> None:
    judge = make.load(
        STEPS,
        replacing=True,
        judge=HEAD + "def steps(instance):\n    a = yield 1\n    b = yield a + 1\n    return [a, b]\n",
    ).judge
    steps = judge.steps(0)
    assert [next(steps), steps.send(10)] == [1, 11]
    with pytest.raises(StopIteration) as end:
        steps.send(20)
    assert end.value.value == [10, 20]
    assert judge.has_steps


def test_a_step_that_fails_is_the_judges_failure_and_refused_is_not(make) -> None:
    body = "def steps(instance):\n    a = yield 1\n    if a == 'no': raise Refused('not no')\n    1 // a\n"
    judge = make.load(STEPS, replacing=True, judge=HEAD + body).judge
    for decision, error, said in (
        (0, JudgeError, r"line \d+: judge function steps: ZeroDivisionError"),
        ("no", Refused, "not no"),
    ):
        steps = judge.steps(0)
        next(steps)
        with pytest.raises(error, match=said):
            steps.send(decision)


def test_steps_must_yield(make) -> None:
    judge = make.load(STEPS, replacing=True, judge=HEAD + "def steps(instance): return 3\n").judge
    with pytest.raises(JudgeError, match="it must yield observations"):
        next(judge.steps(0))


def test_steps_left_unfinished_are_closed(make) -> None:
    body = "closed = []\ndef steps(instance):\n    try: yield 1\n    finally: closed.append(1)\n"
    judge = make.load(
        STEPS, replacing=True, judge=HEAD + body + "def bound(instance): return len(closed)\n"
    ).judge
    steps = judge.steps(0)
    next(steps)
    steps.close()
    assert judge.bound(0) == 1


TABLE = 'direction = "minimize"\nanswer = "table"\n'
RULE = "# EVOLVE-BLOCK-START\ndef rule(item, left):\n    return left\n# EVOLVE-BLOCK-END\n"


def test_a_grid_of_the_settings_is_in_the_order_of_the_arguments(make) -> None:
    judge = make.load(
        TABLE + "[grid.left]\nfrom = 0.0\nto = 1\nstep = 0.25\n[grid.item]\nvalues = [3, 1, 2]\n",
        replacing=True, judge=HEAD, program=RULE,
    ).judge  # fmt: skip
    grid = judge.grid()
    assert list(grid) == ["item", "left"]
    assert (grid["item"].dtype, grid["left"].dtype) == (np.int64, np.float64)
    np.testing.assert_array_equal(grid["item"], [3, 1, 2])
    np.testing.assert_array_equal(grid["left"], [0, 0.25, 0.5, 0.75, 1])


def test_a_grid_of_the_judge_is_brought_into_the_order_of_the_arguments(make) -> None:
    body = "def grid(parameters): return {'left': np.arange(2.0), 'item': [1, 2, 3]}\n"
    grid = make.load(TABLE, replacing=True, judge=HEAD + body, program=RULE).judge.grid()
    assert [(name, values.tolist()) for name, values in grid.items()] == [
        ("item", [1, 2, 3]),
        ("left", [0, 1]),
    ]


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("[1]", "it must return a dict of arrays, not a list"),
        ("{'item': [1]}", "it names item, but the entry point takes item, left"),
        ("{'item': [1], 'left': []}", "left must be numbers in one row"),
        ("{'item': [1], 'left': [[1]]}", "left must be numbers in one row"),
        ("{'item': ['a'], 'left': [1]}", "item must be numbers in one row"),
    ],
)
def test_a_grid_that_is_none_is_the_judges_failure(make, grid: str, said: str) -> None:
    judge = make.load(TABLE, replacing=True, judge=HEAD + f"def grid(): return {grid}\n", program=RULE).judge
    with pytest.raises(JudgeError, match=f"judge function grid: {said}"):
        judge.grid()


def test_a_grid_stands_in_one_place(make) -> None:
    settings = TABLE + "[grid.item]\nvalues = [1]\n[grid.left]\nvalues = [1]\n"
    with pytest.raises(TaskError, match="in the settings and in the judge: keep one"):
        make.load(settings, replacing=True, judge=HEAD + "def grid(): return {}\n", program=RULE)


def test_measures_come_in_the_order_of_the_settings(make) -> None:
    settings = 'measures = ["a", "b"]\n'
    by_name = judged(make, "def measures(instance, answer): return {'b': 2, 'a': np.float32(1)}\n", settings)
    assert by_name.judge.measures(0, 0) == (1.0, 2.0)
    in_order = judged(make, "def measures(instance, answer): return [answer, 4]\n", settings)
    assert in_order.judge.measures(0, 3) == (3.0, 4.0)


@pytest.mark.parametrize("given", ["[1]", "[1, 2, 3]", "{'a': 1}", "None", "['x', 1]"])
def test_other_measures_than_named_are_the_judges_failure(make, given: str) -> None:
    judge = judged(make, f"def measures(instance, answer): return {given}\n", 'measures = ["a", "b"]\n').judge
    with pytest.raises(JudgeError, match="it must return a number for each of a, b"):
        judge.measures(0, 0)
