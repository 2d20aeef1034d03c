"""Train grows in epochs: same seed, same run, whatever the workers, stopped, killed, replayed or resumed."""

import itertools
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

import provolve
from exported import canonical
from guess_task import errors_of
from provolve.engine import epoch
from provolve.engine.bundle import export_bundle
from provolve.engine.claims import TestOutcome as Outcome
from provolve.engine.conduct import Conduct
from provolve.engine.planning import make_spec
from provolve.engine.run import resume_run, start_run
from provolve.engine.verify import verify
from provolve.judge import PlainResult
from provolve.propose import Answered
from provolve.record import EPOCH, AskTold, Budget, EpochBegan, Notice, Proposal, Rejection, Rewrite
from provolve.store import RunReader
from provolve.task import load
from provolve.testing import FakeExecutor

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 4
# validation = 4
# ///
# %% judge
def instances(split, count, rng, epoch):
    for _ in range(count):
        yield float(rng.normal() * (1 + epoch))

def score(instance, answer):
    return abs(answer - (3.5 * instance + instance * instance))
# %% program
# EVOLVE-BLOCK-START
def guess(x):
    return 1.0 * x + 0.5
# EVOLVE-BLOCK-END
"""
POINTS = {
    "train": (-2.0, -0.5, 1.0, 3.0),
    "train 1": (-2.1, -0.4, 1.2, 3.1, 0.2, 2.2),
    "train 2": (-5.0, 4.0, 0.5, 1.5, 2.5),
    "validation": (0.3, 2.0),
    "test": (-1.0, 0.7, 4.0),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(epoch, "LEAST", 60)
    monkeypatch.setattr(epoch, "SHARE", 0.05)


def fake_score(split: str, source: str) -> list[float]:
    return errors_of(source, POINTS[split])


def fakes(task_file: Path):
    delays = random.Random(7)
    program = load(task_file).program

    def executor(opening, workers):
        return FakeExecutor(program, fake_score, workers=workers, delay=lambda: delays.uniform(0, 0.002))

    return executor


def run_fake(task_file, runs, *, workers=2, candidates=700, growth=True, name="x", **conduct):
    spec = make_spec(load(task_file), budget=Budget(candidates=candidates), seed=11, growth=growth)
    how = Conduct(workers, executor=fakes(task_file), **conduct)
    return start_run(load(task_file), spec, how, runs=runs, name=name)


def began(path: str | Path) -> tuple[int, ...]:
    with RunReader(Path(path)) as reader:
        return reader.epochs()


def test_workers_change_nothing_and_epochs_begin(task_file, tmp_path) -> None:
    events: list = []
    one = run_fake(task_file, tmp_path / "1", workers=1, listener=events.append)
    four = run_fake(task_file, tmp_path / "4", workers=4)
    assert canonical(one.path) == canonical(four.path)
    assert one.spent.candidates == 700
    told = [event for event in events if isinstance(event, EpochBegan)]
    assert [(event.number, event.instances) for event in told] == [(1, 6), (2, 5)]
    assert began(one.path) == tuple(event.ask for event in told)


def test_elites_are_scored_anew_and_lead_on(task_file, tmp_path) -> None:
    events: list = []
    outcome = run_fake(task_file, tmp_path, listener=events.append)
    scored = {event.ask: event for event in events if isinstance(event, AskTold)}
    for number, ask in enumerate(began(outcome.path), 1):
        verdicts = scored[ask].verdicts
        assert scored[ask].operator == EPOCH
        assert len(verdicts) >= epoch_fewest(scored[ask - 1])
        assert all(len(verdict.scores) == len(POINTS[f"train {number}"]) for verdict in verdicts)
        best = min(verdict.loss for verdict in verdicts)
        assert scored[ask].best == best
        audited = [verdict for verdict in verdicts if verdict.audited]
        assert [verdict.loss for verdict in audited] == [best]
        assert scored[ask].spent.candidates == scored[ask - 1].spent.candidates + len(verdicts)
        later = scored[ask + 1]
        assert all(len(v.scores) == len(POINTS[f"train {number}"]) for v in later.verdicts if v.accepted)


def epoch_fewest(told: AskTold) -> int:
    return min(32, told.spent.candidates // 40)


def test_the_record_tells_the_best_of_the_epoch_it_is_in(task_file, tmp_path) -> None:
    events: list = []
    outcome = run_fake(task_file, tmp_path, listener=events.append)
    with RunReader(Path(outcome.path)) as reader:
        best = reader.best()
        last = reader.epochs()[-1]
    assert best is not None
    assert best.ask >= last
    told = [event for event in events if isinstance(event, AskTold)]
    assert (best.verdict.loss, best.verdict.candidate.digest) == (told[-1].best, told[-1].best_digest)


def test_the_champion_is_best_on_validation_of_all_epochs(task_file, tmp_path) -> None:
    events: list = []
    run_fake(task_file, tmp_path, listener=events.append)
    told = [event for event in events if isinstance(event, AskTold)]
    validated = [v.validation for event in told for v in event.verdicts if v.audited]
    assert told[-1].best_validation == min(validated)


@pytest.mark.parametrize("leap", [0.0, 7.0], ids=["from the record", "from snapshots"])
def test_stopped_after_any_ask_and_resumed_is_the_unbroken_run(task_file, tmp_path, leap) -> None:
    whole = run_fake(task_file, tmp_path / "whole")
    first, second = began(whole.path)
    for place in (first - 9, first - 5, first - 1, first, first + 3, second - 2, second):
        stop = threading.Event()
        seconds = itertools.count(step=leap)

        def after(event, stop=stop, place=place) -> None:
            if isinstance(event, AskTold) and event.ask >= place:
                stop.set()

        clock = {"clock": lambda seconds=seconds: next(seconds)} if leap else {}
        name = f"cut{place}"
        cut = run_fake(task_file, tmp_path / "cut", stop=stop, listener=after, name=name, **clock)
        assert cut.reason == "stopped"
        resumed = resume_run(tmp_path / "cut", name, Conduct(3, executor=fakes(task_file)))
        assert canonical(resumed.path) == canonical(whole.path), place
        assert resumed.champion == whole.champion


def test_resumed_with_another_budget_it_follows_the_record(task_file, tmp_path) -> None:
    """At the first plateau a small budget has no room for an epoch, so that the record goes on without."""
    free = run_fake(task_file, tmp_path / "free")
    first = began(free.path)[0]
    with RunReader(Path(free.path)) as reader:
        spent = {record.ask: record.spent.candidates for record, _ in reader.verdicts()}
    stop = threading.Event()
    seconds = itertools.count(step=7.0)

    def after_the_plateau(event) -> None:
        if isinstance(event, AskTold) and event.ask >= first - 2:
            stop.set()

    cut = run_fake(
        task_file,
        tmp_path / "cut",
        candidates=spent[first - 1] + 20,
        stop=stop,
        listener=after_the_plateau,
        clock=lambda: next(seconds),
    )
    assert cut.reason == "stopped"
    with RunReader(Path(cut.path)) as reader:
        assert reader.told() >= first
        assert reader.epochs() == ()
    going_on = Conduct(2, executor=fakes(task_file))
    resumed = resume_run(tmp_path / "cut", cut.run, going_on, Budget(candidates=700))
    assert resumed.spent.candidates == 700
    assert began(resumed.path)[0] > first


def test_without_growth_train_stays(task_file, tmp_path) -> None:
    events: list = []
    outcome = run_fake(task_file, tmp_path, growth=False, listener=events.append)
    assert began(outcome.path) == ()
    assert not any(isinstance(event, EpochBegan) for event in events)


def test_a_seed_program_that_later_instances_refuse_keeps_train(task_file, tmp_path) -> None:
    """It is told, recorded, and the same when the run is resumed."""

    def refusing(split: str, source: str) -> list[float]:
        if split == "train 1" and "1.0 * x + 0.5" in source:
            raise ValueError("too large")
        return fake_score(split, source)

    class Refusing(FakeExecutor):
        def _plain(self, split, source):
            try:
                return super()._plain(split, source)
            except ValueError as error:
                return PlainResult(Rejection.RAISED, str(error), (), (), "", (), ())

    program = load(task_file).program
    events: list = []
    spec = make_spec(load(task_file), budget=Budget(candidates=500), seed=11)
    make = lambda opening, workers: Refusing(program, refusing, workers=workers)  # noqa: E731
    whole = start_run(load(task_file), spec, Conduct(2, events.append, executor=make), runs=tmp_path / "a")
    assert [e.topic for e in events if isinstance(e, Notice)] == ["epoch"]
    (ask,) = began(whole.path)
    with RunReader(Path(whole.path)) as reader:
        _, verdicts = reader.asked(ask)
        assert all(verdict.rejection == "raised" for verdict in verdicts)
        assert reader.best().verdict.loss == [e for e in events if isinstance(e, AskTold)][-1].best
    stop = threading.Event()

    def after(event) -> None:
        if isinstance(event, AskTold) and event.ask > ask:
            stop.set()

    start_run(load(task_file), spec, Conduct(2, after, stop, executor=make), runs=tmp_path / "b", name="cut")
    resumed = resume_run(tmp_path / "b", "cut", Conduct(1, executor=make))
    assert canonical(resumed.path) == canonical(whole.path)


def test_real_workers_judge_the_instances_of_the_epoch(task_file, tmp_path) -> None:
    runs = [
        provolve.run(task_file, budget="600candidates", seed=5, workers=workers, runs=tmp_path / str(workers))
        for workers in (1, 3)
    ]
    assert canonical(runs[0].path) == canonical(runs[1].path)
    with RunReader(Path(runs[0].path)) as reader:
        sizes = [len(verdicts[0].scores) for record, verdicts in reader.verdicts() if record.begins_epoch]
    assert sizes == [8, 16][: len(sizes)]
    assert sizes


def test_a_replay_grows_where_its_run_did(task_file, tmp_path) -> None:
    run = provolve.run(task_file, budget="600candidates", seed=5, workers=1, runs=tmp_path, name="first")
    again = provolve.run(
        task_file, proposer="replay:first", workers=2, runs=tmp_path, budget="1h", name="again"
    )
    assert began(again.path) == began(run.path) != ()
    assert again.champion == run.champion
    assert again.spent.candidates == run.spent.candidates


def test_a_champion_of_a_later_epoch_verifies_and_another_epoch_does_not(task_file, tmp_path) -> None:
    run = provolve.run(task_file, budget="600candidates", seed=5, workers=2, runs=tmp_path, name="done")
    assert run.claim.epoch > 0
    export_bundle(run.path, tmp_path / "done.zip")
    verified = verify(tmp_path / "done.zip", runs=tmp_path, task=str(task_file))
    assert all(check.holds for check in verified.checks), verified.checks
    with RunReader(run.path) as reader:
        outcome = msgspec.msgpack.decode(reader.stage("claim"), type=Outcome)
    forged = msgspec.structs.replace(outcome, claim=msgspec.structs.replace(outcome.claim, epoch=0))
    connection = sqlite3.connect(run.path)
    with connection:
        connection.execute(
            "UPDATE stage SET data = ? WHERE name = 'claim'", (msgspec.msgpack.encode(forged),)
        )
    connection.close()
    export_bundle(run.path, tmp_path / "forged.zip")
    refuted = verify(tmp_path / "forged.zip", runs=tmp_path / "none", task=str(task_file))
    assert any(not check.holds and "train" in check.detail for check in refuted.checks), refuted.checks


class Guesses:
    """A live proposer whose answers come late, each after another time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(4)
        self._delays = random.Random(3)

    def begin(self, ask, context, recorded=None):
        if recorded is not None:
            done: Future[Answered] = Future()
            done.set_result(recorded)
            return done
        return self._pool.submit(self._answer, ask, self._delays.uniform(0, 0.01))

    def _answer(self, ask, delay: float) -> Answered:
        time.sleep(delay)
        factors = [1.0 + 3.0 * (0.618034 * (8 * ask.id + k) % 1.0) for k in range(ask.count)]
        texts = [f"def guess(x):\n    return {factor} * x + {factor - 0.5}\n" for factor in factors]
        return Answered(tuple(Proposal("guess", (), Rewrite((text,))) for text in texts))

    def observe(self, ask_id, verdicts) -> None:
        pass

    def close(self) -> None:
        self._pool.shutdown(wait=False)


def test_a_live_run_grows_and_goes_on_from_its_record(task_file, tmp_path) -> None:
    """A proposer that answers late, in another order: the order of the record decides, epochs among it."""

    def go(runs, name, stop=None, listener=lambda event: None):
        spec = make_spec(
            load(task_file), budget=Budget(candidates=420), seed=3, proposer="command:true", window=4
        )
        how = Conduct(2, listener, stop or threading.Event(), executor=fakes(task_file), proposer=Guesses())
        return start_run(load(task_file), spec, how, runs=runs, name=name)

    stop = threading.Event()

    def after(event) -> None:
        if isinstance(event, EpochBegan):
            stop.set()

    cut = go(tmp_path, "cut", stop, after)
    assert cut.reason == "stopped"
    before = canonical(cut.path)
    resumed = resume_run(tmp_path, "cut", Conduct(2, executor=fakes(task_file), proposer=Guesses()))
    assert resumed.spent.candidates >= 420
    assert len(began(resumed.path)) >= 1
    assert canonical(resumed.path).startswith(before)


def test_the_command_line_tells_of_epochs_and_can_do_without(task_file, tmp_path) -> None:
    """On a task where all is equal, so that the first plateau is as early as can be."""
    task_file.write_text(TASK.replace("return abs(answer", "return max(8.0, answer"))
    events, grown = {}, {}
    for switch, candidates in (("--json", 1200), ("--no-growth", 40)):
        runs = tmp_path / switch
        command = [
            sys.executable,
            "-m",
            "provolve",
            "run",
            str(task_file),
            "--budget",
            f"{candidates}candidates",
        ]
        options = ["--seed", "1", switch, "--json", "--workers", "2", "--runs", str(runs)]
        done = subprocess.run([*command, *options], capture_output=True, check=True, timeout=240)
        events[switch] = [json.loads(line)["event"] for line in done.stdout.splitlines()]
        with RunReader(next(runs.glob("*.db"))) as reader:
            grown[switch] = reader.spec.growth
    assert "epoch" in events["--json"]
    assert grown == {"--json": True, "--no-growth": False}
