"""What a program carries from step to step lies with the judge; many instances can be led side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from provolve.engine.worker import profile
from provolve.errors import JudgeError
from provolve.judge import Judge
from provolve.judge.forms import form_of
from provolve.judge.prescreen import is_closed
from provolve.record import Rejection
from provolve.sandbox import Sandbox
from provolve.task import load

HEADER = """
# /// task
# direction = "{direction}"
# answer = "{answer}"
{settings}# ///
"""
SETTINGS = """
aggregate = "mean"
{extra}
[splits]
train = 5
validation = 2
test = 2
[state.memory]
{shape}
"""
JUDGE = """
import numpy as np

def instances(split, count, rng):
    for k in range(count):
        yield {"values": rng.standard_normal((int(rng.integers(3, 9)), int(rng.integers(2, 40))))}

def steps(instance):
    total = 0.0
    for number, value in enumerate(instance["values"]):
        decision = yield {"value": value, "number": float(number)}
        total = total + decision
    return total

def score(instance, answer):
    return float(np.abs(answer).sum())
"""
PROGRAM = """
import numpy as np

# EVOLVE-BLOCK-START
def follow(value, memory, number):
    memory = 0.5 * memory + np.tanh(value)
    return memory * number, memory
# EVOLVE-BLOCK-END
"""


def settings(*, side_by_side: bool, shape: str = 'like = "value"') -> str:
    return SETTINGS.format(extra="side_by_side = true" if side_by_side else "", shape=shape)


def expected(values: np.ndarray) -> np.ndarray:
    memory, total = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for number, value in enumerate(values):
        memory = 0.5 * memory + np.tanh(value)
        total = total + memory * number
    return total


@pytest.mark.parametrize("side_by_side", [False, True])
def test_state_comes_back_at_the_next_step_and_starts_anew_with_each_instance(
    bench: Any, side_by_side: bool
) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=side_by_side))
    assert is_closed(PROGRAM)
    instances = judged.judge.scoring.instances("train")
    with judged.sandbox.child() as child:
        child.load(PROGRAM, ())
        answers = list(form_of(judged.task).answers(child, instances, closed=True))
    assert len({len(instance["values"]) for instance in instances}) > 1, "some end before others"
    for instance, answer in zip(instances, answers, strict=True):
        np.testing.assert_allclose(answer, expected(instance["values"]), rtol=1e-12)


def test_side_by_side_answers_do_not_depend_on_the_order_of_the_instances(bench: Any) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=True))
    instances = judged.judge.scoring.instances("train")
    with judged.sandbox.child() as child:
        child.load(PROGRAM, ())
        form = form_of(judged.task)
        one = list(form.answers(child, instances, closed=True))
        other = list(form.answers(child, instances[::-1], closed=True))[::-1]
    assert [answer.tobytes() for answer in one] == [answer.tobytes() for answer in other]


def test_one_call_leads_all_instances_a_step(bench: Any) -> None:
    calls = {}
    for side_by_side in (False, True):
        judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=side_by_side))
        instances = judged.judge.scoring.instances("train")
        with judged.sandbox.child() as child:
            child.load(PROGRAM, ())
            counted, call = [], child.call
            child.call = lambda *a, call=call, counted=counted, **k: counted.append(1) or call(*a, **k)
            list(form_of(judged.task).answers(child, instances, closed=True))
        calls[side_by_side] = len(counted)
    lengths = [len(instance["values"]) for instance in instances]
    assert calls == {False: sum(lengths), True: max(lengths)}


def test_a_rule_that_is_not_closed_meets_one_instance_at_a_time(bench: Any) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=True))
    verdict = judged.verdict(
        "def follow(value, memory, number):\n    assert type(number) is float\n"
        "    return value - np.mean(value), memory\n"
    )
    assert verdict.accepted, verdict.detail
    for instance, score in zip(judged.judge.scoring.instances("train"), verdict.scores, strict=True):
        centred = instance["values"] - instance["values"].mean(axis=1, keepdims=True)
        assert score == pytest.approx(np.abs(centred.sum(axis=0)).sum())


def test_a_closed_rule_that_tests_a_number_is_led_alone_and_not_rejected(bench: Any) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=True))
    verdict = judged.verdict(
        "def follow(value, memory, number):\n    return (value if number < 2 else -value), memory\n"
    )
    assert verdict.accepted, verdict.detail
    alone = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=False))
    same = alone.verdict(
        "def follow(value, memory, number):\n    return (value if number < 2 else -value), memory\n"
    )
    assert verdict.scores == same.scores


@pytest.mark.parametrize("side_by_side", [False, True])
def test_a_number_stands_for_an_array_of_it(bench: Any, side_by_side: bool) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=side_by_side))
    verdict = judged.verdict("def follow(value, memory, number):\n    return memory + 0.0 * value, 2.0\n")
    assert verdict.accepted, verdict.detail
    for instance, score in zip(judged.judge.scoring.instances("train"), verdict.scores, strict=True):
        steps, size = instance["values"].shape
        assert score == pytest.approx(2.0 * (steps - 1) * size)


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("value", "a step returned 1 values"),
        ("value, memory, memory", "a step returned 3 values: the decision and then memory must be returned"),
        ("value, memory[:1]", "state memory came back as shape [1]"),
        ("value, 'text'", "state memory came back as a str"),
        ("value, None", "state memory came back as a NoneType"),
        ("value, [0.0]", "state memory came back as a list"),
    ],
)
def test_state_of_another_form_is_malformed(bench: Any, side_by_side: bool, returned: str, told: str) -> None:
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=side_by_side))
    verdict = judged.verdict(f"def follow(value, memory, number):\n    return {returned}\n")
    assert verdict.rejection is Rejection.ANSWER_MALFORMED
    assert verdict.detail.startswith(told)


def test_a_state_of_fixed_shape_is_counted_in_and_handed_back(bench: Any) -> None:
    program = PROGRAM.replace("0.5 * memory + np.tanh(value)", "memory + np.arange(3.0)").replace(
        "memory * number, memory", "value * memory[2], memory"
    )
    judged = bench("steps", JUDGE, program, settings=settings(side_by_side=False, shape="shape = [3]"))
    instances = judged.judge.scoring.instances("train")
    verdict = judged.verdict(program.split("START\n")[1].split("# EVOLVE")[0])
    for instance, score in zip(instances, verdict.scores, strict=True):
        weighted = sum(2.0 * (k + 1) * value for k, value in enumerate(instance["values"]))
        assert score == pytest.approx(np.abs(weighted).sum())


def test_a_candidate_cannot_keep_state_behind_the_judges_back(bench: Any) -> None:
    """What a program carries over by itself shows as other answers in the audit, as ever."""
    judged = bench("steps", JUDGE, PROGRAM, settings=settings(side_by_side=False))
    verdict = judged.verdict(
        "KEPT = []\ndef follow(value, memory, number):\n    KEPT.append(1)\n"
        "    return value / len(KEPT), memory\n",
        incumbent=None,
    )
    assert not verdict.accepted
    assert "other answers" in verdict.detail


@pytest.mark.parametrize(
    ("side_by_side", "observation", "told"),
    [
        (False, '{"value": value, "memory": value}', "without the keys memory"),
        (False, "value", "must be a dict"),
        (False, '{"number": 1.0}', 'state.memory.like = "value" names no array'),
        (True, '{"value": value[None], "number": 0.0}', "one axis and one length"),
        (True, '{"value": value, "number": value[:1]}', "one axis and one length"),
        (True, '{"value": value[:0], "number": 0.0}', "one axis and one length"),
    ],
)
def test_an_observation_that_does_not_fit_is_the_judges_fault(
    tmp_path: Path, side_by_side: bool, observation: str, told: str
) -> None:
    judge = JUDGE.replace('{"value": value, "number": float(number)}', observation)
    header = HEADER.format(
        answer="steps",
        direction="minimize",
        settings="".join(f"# {line}\n" for line in settings(side_by_side=side_by_side).strip().splitlines()),
    )
    path = tmp_path / "broken.py"
    path.write_text(f"{header}# %% judge\n{judge}\n# %% program\n{PROGRAM}\n")
    task = load(path)
    with Sandbox(profile(task)) as sandbox, pytest.raises(JudgeError, match=told):
        Judge(task, sandbox, seed=1, test_seed=2).plain.judge("train", task.program.source)


def test_messages_have_room_for_the_state(bench: Any) -> None:
    small = settings(side_by_side=False) + '[answer_schema]\nkind = "float"\n'
    judge = JUDGE.replace("rng.integers(2, 40)", "5000")
    program = PROGRAM.replace("memory * number, memory", "float(number), memory")
    judged = bench("steps", judge, program, settings=small)
    assert judged.verdict("def follow(value, memory, number):\n    return 1.0, value\n").accepted
