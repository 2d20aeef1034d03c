"""The judge in another epoch: other instances, another reference, nothing remembered of before."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.engine.messages import BeginEpoch, Failure, JudgeBatch, Open, Reference, Verdicts
from provolve.engine.worker import Worker, profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.sandbox import Sandbox
from provolve.task import load, make_split

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# [splits]
# train = 3
# validation = 2
# epochs = [2]
# ///
# %% judge
def instances(split, count, rng, epoch):
    for _ in range(count):
        yield [float(rng.random()) + 10.0 * epoch]

def score(instance, answer):
    return 1.0 + abs(answer - instance[0])

def bound(instance):
    return instance[0] / 1e6
# %% program
# EVOLVE-BLOCK-START
def guess(x):
    return 0.0
# EVOLVE-BLOCK-END
"""


@pytest.fixture
def task(tmp_path: Path):
    path = tmp_path / "epochs.py"
    path.write_text(TASK)
    return load(path)


def batch(task) -> Batch:
    seed = lift(task.program, task.program.texts())
    return Batch((seed.template,), ((0, seed.literals),), incumbent=-1e9)


def expected(task, epoch):
    return tuple(1.0 + instance[0] for instance in make_split(task, "train", 4, epoch=epoch))


def test_scores_are_those_on_the_instances_of_the_epoch_there_and_back(task) -> None:
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=4, test_seed=4)
        for epoch in (0, 1, 0):
            judge.begin_epoch(epoch)
            judge.scoring.set_reference("train", expected(task, epoch))
            verdict = judge.judge(batch(task))[0]
            assert verdict.scores == pytest.approx(expected(task, epoch))
            assert verdict.loss == pytest.approx(1.0)
            assert len(verdict.scores) == (3, 6)[epoch]


def test_what_behaves_alike_is_judged_anew(task) -> None:
    """The answer is the same on all instances, and so its hash; its scores are not."""
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=4, test_seed=4)
        judge.scoring.set_reference("train", expected(task, 0))
        before = judge.judge(batch(task))[0]
        judge.begin_epoch(1)
        judge.scoring.set_reference("train", expected(task, 1))
        assert judge.judge(batch(task))[0].scores != before.scores


def test_a_worker_begins_an_epoch_when_told(task) -> None:
    worker = Worker()
    try:
        opening = Open(task.reference, {}, "", task.digest, 4, 4, 0)
        assert not isinstance(worker.answer(opening), Failure)
        for request in (BeginEpoch(1), Reference("train", expected(task, 1))):
            assert not isinstance(worker.answer(request), Failure)
        reply = worker.answer(JudgeBatch(batch(task)))
        assert isinstance(reply, Verdicts)
        assert reply.verdicts[0].scores == pytest.approx(expected(task, 1))
    finally:
        worker.close()
