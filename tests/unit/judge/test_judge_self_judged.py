"""Evaluators in the style of OpenEvolve, run beside their candidates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from provolve.record import Rejection, Verdict

LOAD = """
import importlib.util
import os

def value_of(path):
    spec = importlib.util.spec_from_file_location("candidate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VALUE
"""
PLAIN = LOAD + 'def evaluate(path):\n    return {"combined_score": value_of(path)}\n'
STAGES = (
    LOAD
    + """
def evaluate(path):
    return {"combined_score": -1.0}

def evaluate_stage1(path):
    return {"combined_score": value_of(path), "first": 1.0, "error": 9.0}

def evaluate_stage2(path):
    return {"combined_score": value_of(path) - 0.1, "second": 2.0}

def evaluate_stage3(path):
    return {"combined_score": value_of(path) + 10.0, "third": 3.0}
"""
)

Make = Callable[..., Any]
"""Takes an evaluator and settings, returns the task with its running judge."""


@pytest.fixture
def make(bench: Callable[..., Any]) -> Make:
    def one(evaluator: str, settings: str = "") -> Any:
        program = "# EVOLVE-BLOCK-START\nVALUE = 0.9\n# EVOLVE-BLOCK-END"
        judged = bench("self-judged", evaluator, program, settings=settings, direction="maximize")
        if judged.sandbox.level not in ("strong", "full"):
            pytest.skip("an evaluator needs a level of strong or full")
        return judged

    return one


def verdict(judged: Any, text: str) -> Verdict:
    found: Verdict = judged.verdict(text + "\n")
    return found


def test_the_score_is_the_word_of_the_evaluator_and_is_marked(make: Make) -> None:
    found = verdict(make(PLAIN), "VALUE = 0.25")
    assert found.accepted
    assert found.self_judged
    assert (found.scores, found.loss, found.behaviour) == ((0.25,), -0.25, "")


def test_candidates_never_share_a_child(make: Make) -> None:
    """These sources are closed, and would share one if they were candidates of another form."""
    evaluator = LOAD + (
        'COUNT = os.path.join(os.getcwd(), "count")\n'
        "def evaluate(path):\n"
        "    with open(COUNT, 'a') as file:\n"
        "        file.write('x')\n"
        '    return {"combined_score": os.path.getsize(COUNT) + 0 * value_of(path), "pid": os.getpid()}\n'
    )
    judged = make(evaluator, 'measures = ["pid"]')
    found = judged.verdicts("VALUE = 0.1\n", "VALUE = 0.2\n", "VALUE = 0.3\n")
    assert [one.scores for one in found] == [(1.0,)] * 3
    assert len({one.measures for one in found}) == 3


def test_the_candidate_is_not_run_before_the_evaluator_runs_it(make: Make) -> None:
    evaluator = 'def evaluate(path):\n    return {"combined_score": float(len(open(path).read()))}\n'
    found = verdict(make(evaluator), "raise SystemExit")
    assert found.accepted


@pytest.mark.parametrize(
    ("value", "score", "stage"), [(0.4, 0.4, 1), (0.5, 0.4, 2), (0.8, 0.7, 2), (0.9, 10.9, 3)]
)
def test_a_stage_follows_where_the_one_before_reached_its_threshold(
    make: Make, value: float, score: float, stage: int
) -> None:
    found = verdict(make(STAGES), f"VALUE = {value}")
    assert found.scores == (pytest.approx(score),)
    assert f"its stages ended with stage {stage}" in found.detail


def test_metrics_of_all_stages_are_joined(make: Make) -> None:
    judged = make(STAGES, 'measures = ["first", "third"]')
    assert verdict(judged, "VALUE = 0.95").measures == (1.0, 3.0)
    missing = verdict(judged, "VALUE = 0.1")
    assert missing.rejection is Rejection.ANSWER_REFUSED
    assert "no metric third" in missing.detail


def test_cascade_sets_the_thresholds_and_turns_stages_off(make: Make) -> None:
    assert verdict(make(STAGES, "cascade = [0.2, 0.2]"), "VALUE = 0.35").scores[0] > 10
    assert verdict(make(STAGES, "cascade = [0.2]"), "VALUE = 0.95").scores == (pytest.approx(0.85),)
    assert verdict(make(STAGES, "cascade = []"), "VALUE = 0.35").scores == (-1.0,)


def test_without_combined_score_a_stage_passes_by_the_mean_of_its_numbers(make: Make) -> None:
    evaluator = LOAD + (
        "def evaluate(path):\n    pass\n"
        'def evaluate_stage1(path):\n    return {"a": value_of(path), "b": 0.4, "error": 0.0, "c": "text"}\n'
        'def evaluate_stage2(path):\n    return {"combined_score": 7.0}\n'
    )
    judged = make(evaluator)
    assert verdict(judged, "VALUE = 0.61").scores == (7.0,)
    stopped = verdict(judged, "VALUE = 0.59")
    assert stopped.rejection is Rejection.ANSWER_REFUSED
    assert "gave no combined_score; it gave a, b, error" in stopped.detail


def test_evaluation_result_is_there_without_openevolve_and_artifacts_reach_the_verdict(make: Make) -> None:
    evaluator = LOAD + (
        "from openevolve.evaluation_result import EvaluationResult\n"
        "def evaluate(path):\n"
        "    result = EvaluationResult.from_dict({'combined_score': value_of(path)})\n"
        "    assert not result.has_artifacts() and result.to_dict() == result.metrics\n"
        "    return EvaluationResult(metrics=result.metrics, artifacts={'why': 'a text', 'raw': b'1234'})\n"
    )
    assert verdict(make(evaluator), "VALUE = 0.5").detail == "why: a text\nraw: 4 bytes"


def test_threads_of_a_pool_are_called_at_once(make: Make) -> None:
    evaluator = LOAD + (
        "import concurrent.futures\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def evaluate(path):\n"
        "    with ThreadPoolExecutor(max_workers=2) as pool:\n"
        "        futures = [pool.submit(value_of, path), pool.submit(int, 'x')]\n"
        "        done = list(concurrent.futures.as_completed(futures))\n"
        "    assert isinstance(futures[1].exception(), ValueError)\n"
        "    return {'combined_score': futures[0].result(timeout=1) + len(done)}\n"
    )
    assert verdict(make(evaluator), "VALUE = 0.5").scores == (2.5,)


@pytest.mark.parametrize(
    ("text", "rejection", "detail"),
    [
        ("VALUE = 1 / 0", Rejection.RAISED, r"ZeroDivisionError.*line 2 of program\.py"),
        ("VALUE = 'text'", Rejection.ANSWER_REFUSED, "gave no combined_score"),
        ("VALUE = float('nan')", Rejection.SCORE_NOT_FINITE, "nan"),
        ("VALUE = 2.0", Rejection.SCORE_BEYOND_BOUND, "beyond the bound"),
        ("while True:\n    pass", Rejection.DEADLINE, "of CPU"),
    ],
)
def test_what_goes_wrong_is_a_named_rejection(
    make: Make, text: str, rejection: Rejection, detail: str
) -> None:
    judged = make(PLAIN, "bound = 1.5\nlimits.cpu_seconds = 0.3\nlimits.load_seconds = 0.2")
    found = verdict(judged, text)
    assert found.rejection is rejection
    assert re.search(detail, found.detail), found.detail
    assert found.self_judged
    assert verdict(judged, "VALUE = 0.7").accepted


def test_an_evaluator_that_returns_something_else_is_named(make: Make) -> None:
    evaluator = (
        LOAD + "def evaluate(path):\n    return {'combined_score': 1.0} if value_of(path) > 0.5 else 3\n"
    )
    found = verdict(make(evaluator), "VALUE = 0.1")
    assert found.rejection is Rejection.RAISED
    assert "evaluate returned a int" in found.detail


def test_one_that_draws_no_chance_has_a_behaviour(make: Make) -> None:
    judged = make(PLAIN, "stochastic = false")
    one, same, other = (verdict(judged, f"VALUE = {text}").behaviour for text in ("0.5", "0.25 * 2", "0.6"))
    assert one == same != other
