"""Who is champion where the judge is noisy: not who was lucky once."""

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from provolve.engine.choosing import DRAWS, Finalist, choose_again
from provolve.engine.conduct import Conduct
from provolve.engine.planning import make_spec
from provolve.engine.run import start_run
from provolve.errors import JudgeError, UsageError
from provolve.program import Program, lift
from provolve.record import Budget
from provolve.task import load
from provolve.testing import FakeExecutor

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# stochastic = true
# ///
# %% judge
def instances(split, count, rng):
    yield from range(count)

def score(instance, answer):
    return answer
# %% program
# EVOLVE-BLOCK-START
def value():
    return 5.0
# EVOLVE-BLOCK-END
"""


@pytest.fixture
def task(tmp_path: Path):
    path = tmp_path / "noisy.py"
    path.write_text(TASK)
    return load(path)


def finalists(losses):
    program = Program.parse("# EVOLVE-BLOCK-START\ndef f():\n    return 0.5\n# EVOLVE-BLOCK-END\n")
    return [Finalist(lift(program, (f"def f():\n    return {loss}\n",)), loss, loss) for loss in losses]


@pytest.mark.parametrize("how", ["knockout", "majority"])
def test_the_best_wins_against_noise_more_often_than_by_one_draw(how) -> None:
    rng = np.random.default_rng(1)
    field = finalists([1.0, 1.5, 1.6, 1.7])

    def judge_again(some):
        return [finalist.train + 0.5 * rng.standard_normal() for finalist in some]

    once = np.mean([np.argmin(judge_again(field)) == 0 for _ in range(300)])
    again = np.mean([choose_again(how, field, judge_again, rng) is field[0] for _ in range(300)])
    assert again > once + 0.05


@pytest.mark.parametrize("how", ["knockout", "majority"])
def test_who_is_rejected_now_does_not_win(how) -> None:
    field = finalists([1.0, 2.0, 3.0])

    def judge_again(some):
        return [np.inf if finalist is field[0] else finalist.train for finalist in some]

    assert choose_again(how, field, judge_again, np.random.default_rng(0)) is field[1]


def test_all_rejected_is_an_error() -> None:
    with pytest.raises(JudgeError, match="no finalist"):
        choose_again("majority", finalists([1.0]), lambda some: [np.inf], np.random.default_rng(0))


def test_only_stochastic_tasks_are_judged_again(task) -> None:
    with pytest.raises(UsageError, match="stochastic"):
        make_spec(load("bin-packing"), champion="knockout")
    with pytest.raises(UsageError, match="'luck'"):
        make_spec(task, champion="luck")


@pytest.mark.parametrize(("how", "lucky"), [("validation", True), ("knockout", False), ("majority", False)])
def test_in_a_run_the_lucky_one_is_found_out(task, tmp_path: Path, how: str, lucky: bool) -> None:
    """The first audit of any program near 4 flatters it on validation; drawn again it is what it is."""
    drawn: Counter[str] = Counter()

    def score(split: str, source: str) -> list[float]:
        namespace: dict = {}
        exec(source, namespace)
        try:
            true = abs(float(namespace["value"]()) - 1.0)
        except (ArithmeticError, TypeError) as error:
            raise ValueError(type(error).__name__) from None
        if split == "validation":
            drawn[source] += 1
            if 2.5 < true < 3.5 and drawn[source] == 1:
                return [-100.0]
        return [true]

    spec = make_spec(task, budget=Budget(candidates=600), seed=1, champion=how)

    def executor(opening, workers):
        return FakeExecutor(task.program, score, workers=workers)

    outcome = start_run(task, spec, Conduct(1, executor=executor), runs=tmp_path)
    namespace: dict = {}
    exec(outcome.champion, namespace)
    assert (abs(namespace["value"]() - 1.0) > 2.5) == lucky
    if how == "majority":
        assert max(drawn.values()) >= DRAWS


def test_proposed_tests_decide_the_champion(task, tmp_path: Path) -> None:
    """The judge likes 1; the tests want whatever is above 2.5: the champion passes them."""

    def score(split: str, source: str) -> list[float]:
        namespace: dict = {}
        exec(source, namespace)
        try:
            return [abs(float(namespace["value"]()) - 1.0)]
        except (ArithmeticError, TypeError) as error:
            raise ValueError(type(error).__name__) from None

    def executor(opening, workers):
        return FakeExecutor(task.program, score, workers=workers)

    wanted = {"task_id": "t", "entry_point": "value", "input": [[], []], "expected": [5.0, 5.0]}
    spec = make_spec(task, budget=Budget(candidates=200), seed=3, tests=msgspec.json.encode(wanted))
    assert spec.champion == "tests"
    notices = []
    conduct = Conduct(1, lambda event: notices.append(event), executor=executor)
    outcome = start_run(task, spec, conduct, runs=tmp_path)
    namespace: dict = {}
    exec(outcome.champion, namespace)
    assert namespace["value"]() == 5.0
    assert any(getattr(event, "topic", "") == "selection" for event in notices)


def test_tests_and_selectors_go_together(task) -> None:
    data = msgspec.json.encode({"task_id": "t", "entry_point": "value", "input": [[]]})
    assert make_spec(task, tests=data, champion="b4").champion == "b4"
    with pytest.raises(UsageError, match="do not go together"):
        make_spec(task, champion="b4")
    with pytest.raises(UsageError, match="do not go together"):
        make_spec(task, tests=data, champion="knockout")
    with pytest.raises(UsageError, match="'other'"):
        make_spec(task, tests=data.replace(b"value", b"other"))
