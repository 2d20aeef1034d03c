"""Every way in which a candidate can come to nothing has its name, and the next candidate is judged right."""

import math

import pytest
from guessing import JUDGE

from provolve.errors import AuditFailed
from provolve.record import Rejection

PROGRAM = """
import math
# EVOLVE-BLOCK-START
def guess(x):
    return 1.5 * x
# EVOLVE-BLOCK-END
"""
LIMITS = """
limits.cpu_seconds = 0.3
limits.wall_seconds = 2.5
limits.memory_mb = 64
limits.answer_mb = 1
limits.load_seconds = 0.3
"""


def region(body: str) -> str:
    return "def guess(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize(
    ("body", "rejection"),
    [
        ("return 1 / 0.0", Rejection.RAISED),
        ("raise SystemExit(3)", Rejection.RAISED),
        ("return undefined_name", Rejection.RAISED),
        ("import os; os._exit(0)", Rejection.KILLED),
        ("while True: pass", Rejection.DEADLINE),
        ("import time; time.sleep(60)", Rejection.DEADLINE),
        ("return [0] * 10**9", Rejection.MEMORY),
        ("return object()", Rejection.ANSWER_MALFORMED),
        ("return b'a' * 3_000_000", Rejection.ANSWER_TOO_LARGE),
        ("return 7", Rejection.ANSWER_REFUSED),
        ("return math.nan", Rejection.SCORE_NOT_FINITE),
        ("return math.inf", Rejection.SCORE_NOT_FINITE),
        ("return [x]", Rejection.ANSWER_REFUSED),
    ],
)
def test_failures_have_their_names(bench, body: str, rejection: Rejection) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=LIMITS)
    verdict, following = judged.verdicts(region(body), region("return 2.0 * x"))
    assert verdict.rejection is rejection, verdict.detail
    assert verdict.detail
    assert verdict.loss is None
    assert verdict.level == judged.sandbox.level
    assert following.accepted
    assert following.loss == 0.0


def test_load_failure_is_named(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    verdict = judged.verdict("raise ValueError('no')\n" + region("return x"))
    assert verdict.rejection is Rejection.LOAD_FAILED
    assert "no" in verdict.detail


def test_details_do_not_differ_from_run_to_run(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=LIMITS)
    texts = [region("raise ValueError(object())"), region("while True: pass"), region("return {1: guess}")]
    one, two = judged.verdicts(*texts), judged.verdicts(*texts)
    assert [verdict.detail for verdict in one] == [verdict.detail for verdict in two]


def test_answers_that_crash_the_judge_are_refused(bench) -> None:
    judge = JUDGE.replace("if not isinstance(answer, float):", "if False:")
    judged = bench("certificate", judge, PROGRAM)
    verdict = judged.verdict(region("return 'text'"))
    assert verdict.rejection is Rejection.ANSWER_REFUSED
    assert "TypeError" in verdict.detail


def test_best_below_the_incumbent_is_audited_and_validated(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    worse, best, good = judged.verdicts(
        region("return 1.0 * x"), region("return 2.01 * x"), region("return 1.9 * x"), incumbent=2.0
    )
    assert best.audited
    assert best.validation is not None
    assert not worse.audited
    assert not good.audited


def test_program_that_answers_otherwise_the_second_time_fails_the_audit(bench) -> None:
    """It carries a count over from instance to instance, so the order in which it meets them shows."""
    judged = bench("certificate", JUDGE, PROGRAM)
    text = "count = 0\ndef guess(x):\n    global count\n    count += 1\n    return 2.0 * x + 0.001 * count\n"
    verdict = judged.verdict(text, incumbent=None)
    assert verdict.rejection is Rejection.ANSWER_REFUSED
    assert "fresh sandbox" in verdict.detail


def test_beaten_bound_stops_the_run_with_the_numbers(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings="bound = 0.5")
    with pytest.raises(AuditFailed, match=r"0\.0 is beyond the bound 0\.5"):
        judged.verdict(region("return 2.0 * x"))


def test_fast_judge_that_differs_from_the_plain_one_stops_the_run(bench) -> None:
    """The fast judge has a hole: it takes minus infinity for a perfect answer."""
    judge = JUDGE.replace(
        "    return abs(answer - 2 * instance)",
        "    return 0.0 if answer == float('-inf') else abs(answer - 2 * instance)\n\n"
        "def plain_score(instance, answer):\n    return min(1e9, abs(answer - 2 * instance))",
    )
    judged = bench("certificate", judge, PROGRAM)
    with pytest.raises(AuditFailed, match=r"fast judge says 0\.0 and the plain one 1000000000\.0"):
        judged.verdict(region("return -math.inf"), incumbent=None)


def test_behaviour_is_the_same_for_equal_answers_only(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    one, two, three = judged.verdicts(
        region("return x + x"), region("return 2.0 * x"), region("return 2.0 * x + 1e-9")
    )
    assert one.behaviour == two.behaviour
    assert three.behaviour != one.behaviour


def test_stochastic_tasks_have_no_behaviour(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings="stochastic = true")
    assert judged.verdict(region("return 2.0 * x")).behaviour == ""


def test_measures_are_means_over_instances(bench) -> None:
    judge = JUDGE + "\ndef measures(instance, answer):\n    return {'size': answer / instance, 'one': 1}\n"
    judged = bench("certificate", judge, PROGRAM, settings='measures = ["size", "one"]')
    assert judged.verdict(region("return 3.0 * x")).measures == pytest.approx((3.0, 1.0))


def test_maximize_turns_the_loss(bench) -> None:
    judge = JUDGE.replace("abs(answer - 2 * instance)", "-abs(answer - 2 * instance)")
    judged = bench("certificate", judge, PROGRAM, direction="maximize")
    verdict = judged.verdict(region("return 1.0 * x"))
    assert verdict.loss == pytest.approx(math.fsum(verdict.scores) / -len(verdict.scores))
