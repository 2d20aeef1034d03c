"""The ordered packing judge against a packing done by hand, with all bins there from the start."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load, make_split

TASK = load("bin-packing-ordered", {"items": "300"})
RULES = {"seed program": TASK.program.source} | {
    name: program.source for name, program in TASK.baselines.items()
}


def rule_of(source):
    names = {}
    exec(source, names)
    return names["priority"]


def driven(instance, rule):
    """Let the judge lead the rule; return the number of bins it reports."""
    leading = TASK.judge.steps(instance)
    observation = next(leading)
    try:
        while True:
            observation = leading.send(rule(**observation))
    except StopIteration as end:
        return end.value


def packed(items, rule):
    """The skeleton of the paper: as many bins as items, all empty, ties to the first."""
    bins = np.full(len(items), 100.0)
    for item in items:
        fitting = np.flatnonzero(bins >= item)
        bins[fitting[np.argmax(rule(float(item), bins[fitting]))]] -= item
    return int(np.count_nonzero(bins < 100))


@pytest.mark.parametrize("name", RULES)
def test_rules_do_what_they_do_with_all_bins_there(name) -> None:
    for instance in make_split(TASK, "train", 3):
        rule = rule_of(RULES[name])
        assert driven(instance, rule) == packed(instance["items"], rule)


def test_a_bin_that_is_passed_over_keeps_its_place() -> None:
    def last(item, bins):
        return np.arange(len(bins))

    instance = {"name": "i", "items": np.array([60, 60, 40])}
    seen = []

    def watched(item, bins):
        seen.append(bins.tolist())
        return last(item, bins)

    assert driven(instance, watched) == 3
    assert seen == [[100, 100], [100, 100, 100], [100, 40, 100, 40, 100, 100]]


def test_the_published_rule_beats_best_fit() -> None:
    task = load("bin-packing-ordered", {"items": "2000"})
    for instance in make_split(task, "validation", 5)[:2]:
        published = driven(instance, rule_of(RULES["funsearch-weibull"]))
        assert published < driven(instance, rule_of(RULES["best-fit"]))


def test_the_benchmark_runs_the_same_rule() -> None:
    path = Path(__file__).parents[3] / "benchmarks" / "packing.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_packing", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    for instance in make_split(TASK, "train", 8):
        bins = driven(instance, rule_of(RULES["funsearch-weibull"]))
        assert benchmark.funsearch_pack(instance["items"], 100) == bins


@pytest.mark.parametrize(
    "decision", [None, 1.0, np.zeros(3), np.full(2, np.nan), np.array(["a", "b"])], ids=repr
)
def test_what_is_no_priority_is_refused(decision) -> None:
    leading = TASK.judge.steps({"name": "i", "items": np.array([5])})
    assert next(leading)["bins"].tolist() == [100, 100]
    with pytest.raises(Refused):
        leading.send(decision)
