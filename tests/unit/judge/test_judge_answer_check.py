"""Answers held against what a task declares: the place is named, and no judge function sees a wrong one."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from provolve.engine.worker import profile
from provolve.judge import Judge, PlainResult, largest_message
from provolve.judge.answer_check import answer_check, violation
from provolve.record import Rejection
from provolve.sandbox import Sandbox, encode
from provolve.task import load
from provolve.task.answer_schema import AnswerSchema as Schema

POINT = Schema(
    kind="dict", fields={"x": Schema(kind="float", high=1), "of": Schema(kind="int", optional=True)}
)


def said(schema: Schema | None, value: object) -> str:
    return violation(answer_check(schema), value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (None, object()),
        (Schema(kind="bool"), True),
        (Schema(kind="int", low=0, high=10**30), 10**30),
        (Schema(kind="float", finite=False), math.nan),
        (Schema(kind="float", finite=False, high=3), -math.inf),
        (Schema(kind="number", low=0), Fraction(1, 3)),
        (Schema(kind="str", max_length=2), "éé"),
        (Schema(kind="bytes", min_length=1), b"x"),
        (Schema(kind="list"), [None, {}, "x"]),
        (Schema(kind="list", items=POINT, min_length=2), [{"x": 0.5}, {"x": 1.0, "of": 3}]),
        (Schema(kind="dict", items=Schema(kind="int")), {"any": 1, "key": 2}),
        (Schema(kind="dict", items=Schema(kind="int"), fields={"x": Schema(kind="str")}), {"x": "", "y": 2}),
        (Schema(kind="array", shape=(-1, 2), dtypes=("int64",), low=0), np.zeros((0, 2), np.int64)),
        (Schema(kind="array", shape=(-1, 2), low=-1, high=1), np.full((3, 2), 0.5)),
        (Schema(kind="array", shape=()), np.array(3)),
        (Schema(kind="int", optional=True), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_as_declared_passes(schema: Schema | None, value: object) -> None:
    assert said(schema, value) == ""


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        (Schema(kind="int"), True, "answer is True, where the task declares an int"),
        (Schema(kind="float"), 1, "answer is 1, where the task declares a float"),
        (Schema(kind="int"), None, "answer is None, where"),
        (Schema(kind="bool"), 0, "answer is 0, where the task declares a bool"),
        (Schema(kind="list"), np.zeros(3), "answer is an array of float64 with shape [3], where"),
        (Schema(kind="float"), math.nan, "answer is nan, which is not finite"),
        (Schema(kind="float"), -math.inf, "answer is -inf, which is not finite"),
        (Schema(kind="float", finite=False, low=0), math.nan, "answer is nan, not at least low = 0"),
        (Schema(kind="float", finite=False, high=0), math.nan, "answer is nan, not at most high = 0"),
        (Schema(kind="int", high=2**53), 2**53 + 1, "answer is 9007199254740993, not at most"),
        (Schema(kind="int", high=9), 1 << 20_000, "answer is an int of 20001 bits, not at most high = 9"),
        (Schema(kind="number", low=0), Fraction(-1, 3), "answer is -1/3, not at least"),
        (Schema(kind="str", max_length=2), "xyz", "answer has 3 characters, more than max_length = 2"),
        (Schema(kind="list", min_length=2), [1], "answer has 1 items, fewer than min_length = 2"),
        (
            Schema(kind="list", items=POINT),
            [{"x": 0.5}, {"x": 2.5}],
            "answer[1].x is 2.5, not at most high = 1",
        ),
        (Schema(kind="list", items=POINT), [{}], "answer[0] has no field 'x'"),
        (POINT, {"x": 0.0, "y": 1}, "answer has a field 'y', which the task does not declare"),
        (POINT, {"x": 0.0, "of": 1.0}, "answer.of is 1.0, where the task declares an int"),
        (Schema(kind="dict", items=Schema(kind="int")), {"a b": ""}, "answer['a b'] is '', where"),
        (
            Schema(kind="array", dtypes=("int64",)),
            np.zeros(2),
            "answer is an array of float64 with shape [2]",
        ),
        (Schema(kind="array", shape=(-1, 2)), np.zeros((2, 3)), "answer has shape [2, 3], where the task"),
        (Schema(kind="array", shape=(2,)), np.zeros((2, 2)), "answer has shape [2, 2], where the task"),
        (Schema(kind="array", max_length=3), np.zeros((2, 2)), "answer has 4 cells, more than"),
        (Schema(kind="array"), np.array([[0, 1], [np.inf, 0]]), "answer[1, 0] is inf, which is not finite"),
        (Schema(kind="array", low=0), np.array([0, 3, -2, -1]), "answer[2] is -2, not at least low = 0"),
        (
            Schema(kind="array", finite=False, low=0),
            np.array([0, np.nan]),
            "answer[1] is nan, not at least low = 0",
        ),
        (
            Schema(kind="array", high=2**64 - 2),
            np.array([2**64 - 1], np.uint64),
            "answer[0] is 18446744073709",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_as_declared_is_named_with_its_place(schema: Schema, value: object, wrong: str) -> None:
    assert said(schema, value).startswith(wrong)


@pytest.mark.parametrize(
    ("schema", "largest"),
    [
        (Schema(kind="bool"), True),
        (Schema(kind="int", low=-(2**64), high=2**70), 2**70),
        (Schema(kind="int", low=-(2**200), high=0), -(2**200)),
        (Schema(kind="float"), 0.1),
        (Schema(kind="number", low=0, high=9), Fraction(2**32_700 + 1, 2**32_700 - 1)),
        (Schema(kind="str", max_length=70_000), "\U0001f600" * 70_000),
        (Schema(kind="bytes", max_length=70_000), b"x" * 70_000),
        (Schema(kind="list", max_length=0), []),
        (Schema(kind="list", max_length=3, items=Schema(kind="float")), [0.1] * 3),
        (Schema(kind="dict", fields={"ключ": Schema(kind="int", low=-9, high=2**63)}), {"ключ": 2**63}),
        (Schema(kind="array", shape=(4, 5)), np.zeros((4, 5))),
        (Schema(kind="array", max_length=7), np.zeros((7, 1, 1, 1, 1, 1, 1, 1))),
        (
            Schema(kind="list", max_length=9, items=Schema(kind="array", shape=(1,))),
            [np.zeros(1) for _ in range(9)],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_declared_answer_is_longer_than_its_largest_message(schema: Schema, largest: object) -> None:
    assert said(schema, largest) == ""
    size = largest_message(schema)
    assert size is not None
    assert len(encode(largest)) <= size <= 2 * len(encode(largest)) + 700


@pytest.mark.parametrize(
    "schema",
    [
        Schema(kind="int", low=0),
        Schema(kind="number"),
        Schema(kind="str"),
        Schema(kind="list", items=Schema(kind="bool")),
        Schema(kind="list", max_length=3),
        Schema(kind="dict"),
        Schema(kind="dict", fields={"x": Schema(kind="str")}),
        Schema(kind="array", shape=(-1, 2)),
    ],
)
def test_a_schema_that_leaves_the_size_open_has_no_largest_message(schema: Schema) -> None:
    assert largest_message(schema) is None


# In a task --------------------------------------------------------------------------------------------------

TASK = """\
# /// task
# direction = "minimize"
# answer = "{form}"
# aggregate = "mean"
# [splits]
# train = 2
{schema}# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield {{"size": float(rng.integers(9, 99))}}

def score(instance, answer):
    if answer != answer:
        raise RuntimeError("the judge saw it")
    return float(answer)

def canonical(answer):
    return float(answer[0])

def steps(instance):
    decision = yield instance["size"]
    return [decision[0]]
# %% program
# EVOLVE-BLOCK-START
def solve(size):
    return {answer}
# EVOLVE-BLOCK-END
"""
SCHEMA = """\
# [answer_schema]
# kind = "list"
# max_length = 1
# [answer_schema.items]
# kind = "float"
"""


def judged(folder: Path, answer: str, *, form: str = "certificate", schema: str = SCHEMA) -> PlainResult:
    (folder / "sizes.py").write_text(TASK.format(answer=answer, form=form, schema=schema))
    task = load(folder / "sizes.py")
    with Sandbox(profile(task), slot=50) as sandbox:
        return Judge(task, sandbox, seed=1, test_seed=1).plain.judge("train", task.program.source)


@pytest.mark.parametrize(("form", "name"), [("certificate", "answer"), ("steps", "decision")])
def test_the_judge_never_sees_what_is_not_as_declared(tmp_path: Path, form: str, name: str) -> None:
    result = judged(tmp_path, "[float('nan')]", form=form)
    assert (result.rejection, result.detail) == (
        Rejection.ANSWER_MALFORMED,
        f"{name}[0] is nan, which is not finite",
    )
    assert judged(tmp_path, "[size]", form=form).rejection is None
    assert judged(tmp_path, "[size, 1.0]", form=form).detail.startswith(f"{name} has 2 items")


def test_an_answer_longer_than_declared_is_not_received(tmp_path: Path) -> None:
    result = judged(tmp_path, "[0.5] * 100_000")
    assert result.rejection is Rejection.ANSWER_TOO_LARGE
    free = judged(tmp_path, "[size] * 100_000", schema="")
    assert free.rejection is None


def test_a_failure_is_told_in_full_however_small_an_answer_is(tmp_path: Path) -> None:
    result = judged(tmp_path, "1 / 0 if size else 'x' * 2000")
    assert result.rejection is Rejection.RAISED
    assert "ZeroDivisionError" in result.detail


def test_stored_answers_are_held_against_the_schema_too(tmp_path: Path) -> None:
    from provolve.errors import Refused

    (tmp_path / "sizes.py").write_text(TASK.format(answer="[size]", form="certificate", schema=SCHEMA))
    task = load(tmp_path / "sizes.py")
    with Sandbox(profile(task), slot=50) as sandbox:
        judge = Judge(task, sandbox, seed=1, test_seed=1)
        result = judge.plain.judge("train", task.program.source)
        assert judge.plain.rejudge("train", result) == result
        forged = PlainResult(None, "", (), (), "", (result.answers[0], encode([1])), (0, 1))
        with pytest.raises(Refused, match=r"answer 1: answer\[0\] is 1, where the task declares a float"):
            judge.plain.rejudge("train", forged)


def test_a_table_is_held_against_its_range(tmp_path: Path) -> None:
    schema = "# [grid.size]\n# values = [1.0, 2.0]\n# [answer_schema]\n# kind = 'array'\n# high = 9\n"
    text = TASK.format(answer="size * 5", form="table", schema=schema).replace("answer[0]", "answer.sum()")
    (tmp_path / "sizes.py").write_text(text)
    task = load(tmp_path / "sizes.py")
    with Sandbox(profile(task), slot=50) as sandbox:
        result = Judge(task, sandbox, seed=1, test_seed=1).plain.judge("train", task.program.source)
    assert result.rejection is Rejection.ANSWER_MALFORMED
    assert result.detail == "answer[1] is 10.0, not at most high = 9"
