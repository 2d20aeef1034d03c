"""Runs with the numeric proposer: chosen by default, repeatable, resumable, verified."""

import itertools
import threading

import numpy as np
import pytest
from click.testing import CliRunner

import provolve
from exported import canonical
from provolve.cli.group import group
from provolve.engine.conduct import Conduct
from provolve.engine.executor import LocalExecutor
from provolve.engine.messages import SearchPiece
from provolve.engine.planning import make_spec
from provolve.engine.run import resume_run, start_run
from provolve.errors import UsageError
from provolve.propose import Context
from provolve.propose.numeric import NumericProposer
from provolve.record import Ask, AskTold, Budget
from provolve.task import load

SMALL = {"chains": 5, "hops": 3, "patience": 3}
"""Five chains are two pieces, so that two workers have something to share."""


def carry_out(runs, *, workers=1, listener=lambda event: None, stop=None, steps=None, options=SMALL):
    task = load("erdos-overlap", {"steps": steps}) if steps else load("circle-packing", {"n": "5"})
    spec = make_spec(task, budget=Budget(candidates=8 if steps else 25), seed=3, proposer_options=options)
    assert spec.proposer == "numeric"
    # A clock that leaps makes a snapshot after every ask.
    seconds = itertools.count(step=7.0)
    conduct = Conduct(workers, listener, stop or threading.Event(), clock=lambda: next(seconds))
    return start_run(task, spec, conduct, runs=runs), conduct


def test_workers_and_stops_change_nothing(tmp_path):
    one, _ = carry_out(tmp_path / "one")
    two, _ = carry_out(tmp_path / "two", workers=2)
    assert canonical(one.path) == canonical(two.path)
    assert one.claim.exact == two.claim.exact
    assert one.claim.mean > 0.9
    stop = threading.Event()

    def after_some(event):
        if isinstance(event, AskTold) and event.ask >= 2:
            stop.set()

    cut, conduct = carry_out(tmp_path / "cut", listener=after_some, stop=stop)
    assert cut.reason == "stopped"
    resumed = resume_run(tmp_path / "cut", cut.run, Conduct(2, clock=conduct.clock))
    assert canonical(resumed.path) == canonical(one.path)
    assert resumed.champion == one.champion


def test_workers_change_nothing_where_a_smoothed_problem_is_followed(tmp_path):
    few = {"chains": 5, "hops": 1, "patience": 1}
    one, _ = carry_out(tmp_path / "one", steps="16", options=few)
    two, _ = carry_out(tmp_path / "two", workers=2, steps="16", options=few)
    assert canonical(one.path) == canonical(two.path)
    assert one.claim.mean < 0.385


def test_a_stop_ends_a_run_while_pieces_are_under_way(tmp_path):
    stop = threading.Event()

    class Halting(LocalExecutor):
        """Is stopped as soon as a piece is asked for."""

        def submit(self, request):
            if isinstance(request, SearchPiece):
                stop.set()
            return super().submit(request)

    task = load("circle-packing", {"n": "5"})
    spec = make_spec(task, budget=Budget(candidates=25), seed=3, proposer_options=SMALL)

    def opened(opening, workers):
        halting = Halting(opening, workers)
        halting.open()
        return halting

    conduct = Conduct(1, stop=stop, executor=opened)
    cut = start_run(task, spec, conduct, runs=tmp_path)
    assert cut.reason == "stopped"
    resumed = resume_run(tmp_path, cut.run, Conduct(1))
    whole, _ = carry_out(tmp_path / "whole")
    assert canonical(resumed.path) == canonical(whole.path)


def test_the_champion_prints_its_construction_and_verifies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = provolve.run(
        "circle-packing", budget="20candidates", seed=1, workers=1, parameters={"n": "3"},
        proposer_options=SMALL,
    )  # fmt: skip
    names: dict = {}
    exec(run.champion, names)
    assert len(names["circles"](3)) == 3
    result = CliRunner().invoke(group, ["verify", run.name])
    assert result.exit_code == 0, result.output


def test_numeric_wants_a_surrogate():
    task = load("bin-packing")
    assert task.default_proposer == "symbolic"
    assert task.surrogate() is None
    context = Context(task.program, task.entry, (), np.random.default_rng(0))
    with pytest.raises(UsageError, match="surrogate"):
        NumericProposer().propose(Ask(1, (), 4), context)


@pytest.mark.parametrize("option", ["chains", "hops", "patience"])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(UsageError, match=option):
        NumericProposer(**{option: 0})
