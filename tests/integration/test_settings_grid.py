"""The grid of settings goes on where it was, and says how the default stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from provolve.task import gallery

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import settings_grid

    return settings_grid


def test_it_has_twelve_settings_and_a_budget_for_every_task(benchmark) -> None:
    assert len(benchmark.GRID) == 12
    assert next(iter(benchmark.GRID)) == "default"
    assert set(benchmark.TRIALS) == {name for name, *_ in gallery()}


def test_what_is_there_is_not_searched_again(benchmark, tmp_path, monkeypatch, capsys) -> None:
    searches = []

    def searched(trial, setting, seed):
        searches.append((trial, setting, seed))
        return {"gain": 10.0 + seed + 2.0 * (setting.get("strategy") == "hill-climb")}

    def table(*more):
        results = str(tmp_path / "results.jsonl")
        told = ["settings_grid.py", "--share", "0.5", "--results", results, *more]
        monkeypatch.setattr(sys, "argv", told)
        benchmark.main()
        return capsys.readouterr().out

    monkeypatch.setattr(benchmark, "searched", searched)
    first = table("--tasks", "bin-packing", "--seeds", "1", "2")
    # The best and the default are searched again, with the next six seeds.
    assert len(searches) == 24 + 12
    assert {trial.candidates for trial, *_ in searches} == {benchmark.TRIALS["bin-packing"].candidates // 2}
    assert "hill-climb was ahead of the default in 2 of 2 pairs" in first
    assert "with other seeds in 6 of 6" in first
    row = first.splitlines()[-1].split()
    assert row == "bin-packing 85.2% 0.25 88.6% hill-climb: the default has less than 95%".split()
    assert table("--tasks", "bin-packing", "--seeds", "1", "2") == first
    assert len(searches) == 24 + 12


@pytest.mark.parametrize(
    ("gains", "row"),
    [
        ({}, "- - - none gains anything: the budget is too small to tell"),
        ({"": 3.0}, "100.0% 1.00 - default"),
        # What looked best with one seed is no better with the next three.
        ({"": 9.5, "beam/1": 10.0, "beam": 4.0}, "95.0% 0.50 237.5% beam"),
        ({"beam": 0.5}, "0.0% 0.50 0.0% beam: the default has less than 95%"),
    ],
)
def test_what_was_found_best_is_held_to_it_with_other_seeds(
    benchmark, tmp_path, monkeypatch, capsys, gains, row
) -> None:
    def searched(trial, setting, seed):
        name = setting.get("strategy", "")
        return {"gain": gains.get(f"{name}/{seed}", gains.get(name, gains.get("", 0.0)))}

    monkeypatch.setattr(benchmark, "searched", searched)
    results = str(tmp_path / "r.jsonl")
    told = ["settings_grid.py", "--tasks", "bin-packing", "--seeds", "1", "--results", results]
    monkeypatch.setattr(sys, "argv", told)
    benchmark.main()
    assert capsys.readouterr().out.splitlines()[-1].split() == ["bin-packing", *row.split()]


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        # Of the four ways to deal two seeds' gains to two settings, one leaves the default this far behind.
        ({"default": [1.0, 1.0], "beam": [2.0, 2.0]}, 1 / 4),
        # A setting that is the default's own search is no further chance for anything.
        ({"default": [1.0, 1.0], "beam": [2.0, 2.0], "much patience": [1.0, 1.0]}, 1 / 4),
        # The default gets the least, the middle and the greatest in a third of the ways each.
        ({"default": [1.0], "beam": [2.0], "tree": [3.0]}, 1 / 3),
        ({"default": [2.0], "beam": [1.0], "tree": [3.0]}, 2 / 3),
        ({"default": [2.0, 3.0], "beam": [1.0, 2.0]}, 1.0),
        # Where neither setting gets both gains, neither median is above zero, and the default is not behind.
        ({"default": [0.0, 0.0, 0.0], "beam": [0.0, 1.0, 1.0]}, 1 / 4),
    ],
)
def test_chance_is_how_often_dealt_gains_leave_the_default_as_far_behind(benchmark, gains, expected) -> None:
    assert benchmark.chance(gains) == pytest.approx(expected, abs=0.015)


def test_settings_of_strategies_are_the_default_where_numeric_search_proposes(
    benchmark, tmp_path, monkeypatch
) -> None:
    searches = []

    def searched(trial, setting, seed):
        searches.append(setting)
        return {"gain": 1.0}

    monkeypatch.setattr(benchmark, "searched", searched)
    told = [
        "settings_grid.py",
        "--tasks",
        "heilbronn",
        "--seeds",
        "1",
        "--results",
        str(tmp_path / "r.jsonl"),
    ]
    monkeypatch.setattr(sys, "argv", told)
    benchmark.main()
    assert searches == [{}, {"batch_share": 0.5}, {"growth": False}]
