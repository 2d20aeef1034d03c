"""The ablation goes on where it was, and says what is lost as its page does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from provolve.engine.behaviours import Behaviours
from provolve.record import Rejection, Verdict

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ENDS = {"all": 2.0, "again": 2.5, "without mutate": 6.0, "without hashing": 2.0, "without growth": 2.0}


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import ablation

    return ablation


def test_a_piece_that_is_there_is_not_run_again(benchmark, tmp_path, monkeypatch, capsys) -> None:
    searches = []

    def searched(trial, chosen, seed):
        searches.append((trial.candidates, chosen, seed))
        return {"start": 10.0, "end": ENDS[chosen], "operators": {"mutate": [9, 4, 1]}}

    def piece(*more):
        results = str(tmp_path / "results.jsonl")
        told = ["ablation.py", "--tasks", "recurrence", "--share", "0.1", "--results", results, *more]
        monkeypatch.setattr(sys, "argv", told)
        benchmark.main()
        return capsys.readouterr().out

    monkeypatch.setattr(benchmark, "searched", searched)
    first = piece("--seeds", "1")
    # Of the operators that the first search made nothing with, none is left out.
    assert searches == [(150, chosen, 1) for chosen in ENDS]
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write('{"key": "recurrence/150//all/2", "sta')  # killed as it wrote
    assert piece("--seeds", "1") == first
    assert len(searches) == 5
    piece("--seeds", "1", "2", "--sets", "again")
    assert searches[5:] == [(150, "all", 2), (150, "again", 2)]
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["key"] == "recurrence/150//again/2"
    assert "without mutate         50 %" in first


def test_what_is_lost_is_told_in_parts_of_the_gain(benchmark) -> None:
    trial = benchmark.TRIALS["recurrence"]
    ends = {("all", 1): 2.0, ("all", 2): 4.0, ("without mutate", 1): 6.0, ("without mutate", 2): 3.0}
    results = {
        benchmark.key_of("recurrence", trial, chosen, seed): {"start": 10.0 + seed, "end": end}
        for (chosen, seed), end in ends.items()
    }
    shares = benchmark.shares_of(results, "recurrence", trial, "without mutate", [1, 2, 3])
    assert shares == [4.0 / 8.5, -1.0 / 8.5]  # the gains are 9 and 8
    assert str(benchmark.Row("without mutate", shares)).split()[-4:] == ["1", "1", "of", "2"]
    assert benchmark.shares_of(results, "recurrence", trial, "again", [1, 2]) == []


def test_sets_of_operators_are_what_they_are_called(benchmark) -> None:
    everything = set(benchmark.OPERATORS)
    assert set(benchmark.operators_of("all")) == set(benchmark.operators_of("again")) == everything
    assert benchmark.operators_of("all") != benchmark.operators_of("again")
    assert set(benchmark.operators_of("without reduce")) == everything - {"reduce"}
    assert set(benchmark.operators_of("only reduce")) == {"reduce", "gaussian", "cma-es"}
    assert set(benchmark.operators_of("only literals")) == {"gaussian", "cma-es"}


def test_without_hashing_no_behaviour_counts_as_seen(benchmark) -> None:
    verdict = Verdict(candidate=None, rejection=None, behaviour="b" * 8, loss=1.0)
    behaviours = Behaviours()
    behaviours.see("first", verdict.behaviour)
    with benchmark.hashing_of("without growth"):
        assert behaviours.marked(verdict).rejection is Rejection.DUPLICATE_BEHAVIOUR
    with benchmark.hashing_of("without hashing"):
        assert behaviours.marked(verdict) is verdict
    assert behaviours.marked(verdict).rejection is Rejection.DUPLICATE_BEHAVIOUR
