"""What a task of kind speed must say, may leave out, and cannot say."""

import numpy as np
import pytest

from provolve.errors import JudgeError, Refused, TaskError
from provolve.task.reading import read_settings

JUDGE = "def instances(split, count, rng):\n    yield from rng.random(count).tolist()\n"
PROGRAM = "# EVOLVE-BLOCK-START\ndef solve(x):\n    return x\n# EVOLVE-BLOCK-END\n"
SPEED = 'kind = "speed"\n'


def test_the_kind_implies_answer_direction_and_aggregate() -> None:
    settings = read_settings(SPEED, "task.toml")
    assert (settings.answer, settings.direction, settings.aggregate) == ("time", "minimize", "mean")
    assert "CPU time" in settings.unit
    assert not settings.timing.warm
    assert read_settings(SPEED + 'answer = "time"\nunit = "laps"\ntiming.warm = true\n', "t").unit == "laps"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('answer = "time"\ndirection = "minimize"\n', 1, 'answer = "time" is for kind = "speed"'),
        ('answer = "steps"\ndirection = "minimize"\ntiming.rounds = 4\n', 3, "means nothing with kind"),
        (SPEED + 'answer = "certificate"\n', 2, 'implies answer = "time"'),
        (SPEED + 'direction = "maximize"\n', 2, 'implies direction = "minimize"'),
        (SPEED + 'aggregate = "worst"\n', 2, 'implies aggregate = "mean"'),
        (SPEED + "bound = 0.5\n", 2, "bound = 0.5 cannot be"),
        (SPEED + "stochastic = true\n", 2, "stochastic = true cannot be"),
        (SPEED + "stages = [2]\n", 2, "every input is timed"),
        (SPEED + "race_error = 0.1\n", 2, "every input is timed"),
        (SPEED + "repeats = 2\n", 2, "every input is timed several times"),
        (SPEED + 'measures = ["a"]\n', 2, "measures"),
        (SPEED + "timing.rounds = 1\n", 2, "at least 2"),
        (SPEED + "timing.cold = true\n", 2, "unknown key"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(TaskError) as caught:
        read_settings(text, "task.toml")
    assert f"line {line}:" in str(caught.value)
    assert message in str(caught.value)


def speed_task(make, judge: str = "", **parts: str):
    return make.load(SPEED, replacing=True, judge=JUDGE + judge, program=PROGRAM, **parts)


def test_a_judge_needs_no_score(make) -> None:
    task = speed_task(make)
    assert task.kind == "speed"
    assert {"answer", "nothing"} <= task.harness_functions


@pytest.mark.parametrize(
    ("answer", "right"),
    [([1, 2.0], True), ((1, 2.0), True), ([1, 2], False), ([True, 2.0], False), ([1, 2.0, None], False)],
)
def test_without_same_and_score_answers_must_be_equal_to_the_bit(make, answer, right: bool) -> None:
    assert speed_task(make).judge.right(0, answer, [1, 2.0]) is right
    assert speed_task(make).judge.right(0, -0.0, 0.0) is False


def test_same_relaxes_and_must_say_yes_or_no(make) -> None:
    judge = speed_task(
        make, "def same(instance, answer, reference): return abs(answer - reference) < 1\n"
    ).judge
    assert judge.right(0, 3.5, 4.0)
    assert judge.right(0, np.float64(3.5), 4.0)
    assert not judge.right(0, 2.5, 4.0)
    with pytest.raises(JudgeError, match="must return True or False"):
        speed_task(make, "def same(instance, answer, reference): return 1\n").judge.right(0, 1, 1)


def test_score_accepts_by_returning_and_refuses_by_raising(make) -> None:
    judge = speed_task(
        make,
        "from provolve import Refused\n"
        "def score(instance, answer):\n    if answer < 0: raise Refused('below zero')\n    return 0\n",
    ).judge
    assert judge.right(0, 7, 8)
    with pytest.raises(Refused, match="below zero"):
        judge.right(0, -1, 8)


def test_same_means_nothing_for_other_kinds(make) -> None:
    with pytest.raises(TaskError, match='only kind = "speed" calls'):
        make.load(judge=make.parts["judge"] + "def same(instance, answer, reference): return True\n")


def test_a_judge_of_times_computes_no_baseline(make) -> None:
    with pytest.raises(TaskError, match="a baseline is a program"):
        speed_task(make, "def baseline_x(instance): return 1\n")


def test_an_own_harness_is_given_the_call_that_does_nothing(make) -> None:
    own = "def answer(program, visible):\n    return program.solve(visible)\n"
    assert "nothing" in speed_task(make, harness=own).harness_functions
    with pytest.raises(TaskError, match="give it another name"):
        speed_task(make, harness=own + "def nothing(program, visible):\n    return 1\n")
