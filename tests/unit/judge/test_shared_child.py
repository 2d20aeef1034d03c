"""Closed candidates share one child from batch to batch; all others have one of their own."""

import os
import signal

import pytest
from guessing import JUDGE

from provolve.judge import shared_child
from provolve.record import Rejection

PROGRAM = """
# EVOLVE-BLOCK-START
def guess(x):
    return 1.5 * x
# EVOLVE-BLOCK-END
"""
WORST = 1e9
"""No loss: nothing is audited, which takes children of its own."""


class Forks:
    def __init__(self, judged, monkeypatch: pytest.MonkeyPatch) -> None:
        self.children = []
        fork = judged.sandbox.child

        def counted():
            self.children.append(fork())
            return self.children[-1]

        monkeypatch.setattr(judged.sandbox, "child", counted)


def closed(factor: float) -> str:
    return f"def guess(x):\n    return {factor} * x\n"


def opened(factor: float) -> str:
    return f"def guess(x):\n    for _ in range(1):\n        x = {factor} * x\n    return x\n"


def test_only_closed_candidates_share_a_child(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    forks = Forks(judged, monkeypatch)
    for factor in (2.5, 2.25):
        assert judged.verdict(closed(factor), incumbent=-WORST).accepted
        assert judged.verdict(opened(factor), incumbent=-WORST).accepted
    assert len(forks.children) == 3
    assert [child.alive for child in forks.children] == [True, False, False]
    judged.sandbox.close()
    assert not any(child.alive for child in forks.children)


def test_who_shares_gets_the_verdict_that_it_gets_alone(bench) -> None:
    texts = [closed(2.5), "def guess(x):\n    return 1 / 0.0\n", closed(2.0), closed(2.5)]
    together, apart = bench("certificate", JUDGE, PROGRAM), []
    for text in texts:
        apart.append(bench("certificate", JUDGE, PROGRAM).verdict(text, incumbent=-WORST))
    shared = [together.verdict(text, incumbent=-WORST) for text in texts]
    told = [(one.rejection, one.detail, one.loss, one.scores, one.behaviour) for one in shared]
    assert told == [(one.rejection, one.detail, one.loss, one.scores, one.behaviour) for one in apart]
    assert shared[1].rejection is Rejection.RAISED


def test_a_shared_child_is_replaced_after_so_many_candidates(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_child, "CANDIDATES", 3)
    judged = bench("certificate", JUDGE, PROGRAM)
    forks = Forks(judged, monkeypatch)
    for number in range(7):
        assert judged.verdict(closed(3.0 + number), incumbent=-WORST).accepted
    assert [child.alive for child in forks.children] == [False, False, True]


def test_a_shared_child_that_dies_costs_nobody_the_verdict(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    forks = Forks(judged, monkeypatch)
    assert judged.verdict(closed(2.5), incumbent=-WORST).accepted
    os.kill(forks.children[0].pid, signal.SIGKILL)
    assert judged.verdict(closed(2.0), incumbent=-WORST).loss == 0.0
    assert judged.verdict(closed(3.0), incumbent=-WORST).accepted
    assert [child.alive for child in forks.children] == [False, False, True]


def test_other_instances_go_to_another_child(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = bench("certificate", JUDGE, PROGRAM)
    forks = Forks(judged, monkeypatch)
    before = judged.verdict(closed(2.5), incumbent=-WORST)
    scoring = judged.judge.scoring
    monkeypatch.setattr(scoring, "instances", lambda split: (2.0,) * scoring.size("validation"))
    monkeypatch.setattr(scoring, "size", lambda split: 3)
    after = judged.verdict(closed(2.75), incumbent=-WORST)
    assert len(forks.children) == 2
    assert before.scores != after.scores
    assert after.scores == (1.5, 1.5, 1.5)
