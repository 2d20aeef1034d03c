"""A candidate is given up when it is surely behind its parents, whatever was judged before it."""

import pytest
from guessing import JUDGE

from provolve.record import Rejection

PROGRAM = """
# EVOLVE-BLOCK-START
def guess(x):
    return 1.5 * x
# EVOLVE-BLOCK-END
"""
TABLE_JUDGE = """
def instances(split, count, rng):
    return [int(k) for k in rng.permutation(count)]

def grid():
    import numpy as np
    return {"x": np.arange(12, dtype=float)}

def score(instance, answer):
    return float(abs(answer[instance] - instance))

def measures(instance, answer):
    return {"at": float(instance)}
"""


def region(body: str) -> str:
    return f"def guess(x):\n    return {body}\n"


def test_whoever_is_behind_for_sure_is_stopped_and_costs_less(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings="stages = [3, 6]")
    parent = judged.verdict(region("1.5 * x")).scores
    better, bad, little = judged.verdicts(
        region("1.8 * x"), region("9.0 * x"), region("1.5 * x - 0.4 * (x - 5.0)"), race=(parent,)
    )
    assert better.accepted
    assert better.work == 12
    assert bad.rejection is Rejection.OUTRACED
    assert bad.work == 3
    assert bad.detail == "behind its parents after 3 instances"
    assert little.work == 12


def test_the_worst_parent_is_raced_against(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings="stages = [3, 6]")
    good, poor = (judged.verdict(region(body)).scores for body in ("2.0 * x", "0.5 * x"))
    assert judged.verdicts(region("1.0 * x"), race=(good,))[0].rejection is Rejection.OUTRACED
    assert judged.verdicts(region("1.0 * x"), race=(good, poor))[0].accepted
    assert judged.verdicts(region("1.0 * x"))[0].accepted


@pytest.mark.parametrize(("error", "work"), [("0.5", 3), ("0.0001", 12)])
def test_race_error_says_how_sure_it_must_be(bench, error: str, work: int) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings=f"stages = [3, 6]\nrace_error = {error}")
    parent = judged.verdict(region("1.5 * x")).scores
    assert judged.verdicts(region("1.4 * x"), race=(parent,))[0].work == work


@pytest.mark.parametrize("aggregate", ["ratio", "sum_ratio"])
def test_maximize_and_ratios_race_in_their_own_direction(bench, aggregate: str) -> None:
    judge = JUDGE.replace("abs(answer - 2 * instance)", "100 - abs(answer - 2 * instance)")
    judged = bench(
        "certificate",
        judge,
        PROGRAM,
        direction="maximize",
        settings=f'stages = [3]\naggregate = "{aggregate}"',
    )
    parent = judged.verdict(region("1.0 * x")).scores
    better, worse = judged.verdicts(region("1.5 * x"), region("-7.0 * x"), race=(parent,))
    assert better.accepted
    assert worse.rejection is Rejection.OUTRACED


def test_the_worst_score_loses_only_for_certain(bench) -> None:
    judged = bench("certificate", JUDGE, PROGRAM, settings='stages = [1]\naggregate = "worst"')
    parent = judged.verdict(region("1.5 * x")).scores
    near, far = judged.verdicts(region("1.49 * x"), region("99.0 * x"), race=(parent,))
    assert near.accepted
    assert far.rejection is Rejection.OUTRACED
    assert far.work == 1


@pytest.mark.parametrize("bodies", [("x + 5.0", "x + 5.0"), ("x + 5.0", "0.0 * x", "x + 5.0")])
def test_what_was_judged_before_does_not_change_a_race(bench, bodies) -> None:
    """A table that is known is known on all instances; a race over it still ends at its stage."""
    settings = 'stages = [2, 6]\nmeasures = ["at"]'
    judged = bench("table", TABLE_JUDGE, PROGRAM.replace("1.5 * x", "x"), settings=settings)
    parent = judged.verdict(region("x + 1.0")).scores
    first = judged.verdicts(region(bodies[0]), race=(parent,))[0]
    for body in bodies[1:-1]:
        judged.verdicts(region(body), race=(parent,))
    unraced = judged.verdicts(region(bodies[0]))[0]
    again = judged.verdicts(region(bodies[-1]), race=(parent,))[0]
    assert first.rejection is again.rejection is Rejection.OUTRACED
    assert first.scores == again.scores
    assert first.work == again.work == 6
    assert len(unraced.scores) == unraced.work == 12
    assert unraced.measures == pytest.approx((5.5,))
