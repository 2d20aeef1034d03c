"""Best of n, beams, and trees of programs: what each promises of its own."""

import json
import math
import re
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from search_cases import STARTS, elite, reached, stream, verdict

from provolve.errors import StoreError
from provolve.search import (
    Beam,
    BestOfN,
    Growth,
    RandomSampling,
    Rules,
    ScatteredForest,
    Strategy,
    Tree,
)

SEED = np.random.SeedSequence(1)


def losses(parents):
    return [parent.loss for parent in parents]


def turn(strategy, verdicts):
    ask = strategy.ask()
    strategy.tell(ask.id, verdicts)
    return ask


def test_the_entry_points_are_there_for_all():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    for name, place in project["entry-points"]["provolve.strategies"].items():
        module, _, kind = place.partition(":")
        strategy = getattr(import_module(module), kind)(starts=STARTS, seed=SEED, batch=3, window=2)
        assert isinstance(strategy, Strategy), name
        assert strategy.ask().count == 3


def test_the_page_names_every_strategy_with_the_values_that_options_have():
    root = Path(__file__).parents[3]
    page = (root / "docs" / "how-to" / "choose-a-strategy.md").read_text()
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    for name, place in project["entry-points"]["provolve.strategies"].items():
        row = next(line for line in page.split("\n") if line.startswith(f"| `{name}` |"))
        module, _, kind = place.partition(":")
        make = getattr(import_module(module), kind)
        options = {option: json.loads(value) for option, value in re.findall(r"`(\w+)` ([\d.]+\d|\d)", row)}
        plain, told = (make(starts=STARTS, seed=SEED, batch=6, **more) for more in ({}, options))
        for _ in range(150):
            ask = plain.ask()
            assert told.ask() == ask, name
            for each in (plain, told):
                each.tell(ask.id, stream(ask, 5))


def test_best_of_n_goes_on_from_the_best_when_n_were_drawn():
    strategy = BestOfN(starts=STARTS, seed=SEED, n=5)
    turn(strategy, [verdict(0.9, "b"), verdict(0.7, "c")])
    assert losses(turn(strategy, [verdict(0.8, "d"), verdict(0.9, "e")]).parents) == [1.0]
    assert losses(turn(strategy, [verdict(0.95, "f")]).parents) == [1.0]
    assert losses(strategy.ask().parents) == [0.7]


def test_best_of_n_above_the_budget_samples_the_seed_program():
    strategy = BestOfN(starts=STARTS, seed=SEED, n=10**9)
    assert {turn(strategy, [verdict(0.1, "b")]).parents for _ in range(50)} == {STARTS[:1]}


def test_what_is_told_late_contends_and_does_not_count():
    strategy = BestOfN(starts=STARTS, seed=SEED, n=2)
    first, late = strategy.ask(), strategy.ask()
    strategy.tell(first.id, [verdict(0.8, "b"), verdict(0.9, "c")])
    strategy.tell(late.id, [verdict(0.5, "d"), verdict(0.6, "e")])
    assert losses(turn(strategy, [verdict(0.9, "f"), verdict(0.9, "g")]).parents) == [0.8]
    assert losses(strategy.ask().parents) == [0.5]


def test_rounds_end_where_nothing_comes_of_asks():
    strategy = BestOfN(starts=STARTS[::-1], seed=SEED, n=3)
    for _ in range(3):
        assert losses(turn(strategy, []).parents) == [2.0]
    assert losses(strategy.ask().parents) == [1.0]


def test_a_beam_asks_for_each_of_its_programs_and_keeps_the_best_of_all():
    strategy = Beam(starts=STARTS, seed=SEED, width=2, turns=1)
    assert losses(strategy.beam) == [1.0, 1.5]
    assert losses(turn(strategy, [verdict(0.5, "b"), verdict(3.0, "c")]).parents) == [1.0]
    assert losses(strategy.beam) == [1.0, 1.5]
    assert losses(turn(strategy, [verdict(1.2, "d")]).parents) == [1.5]
    assert losses(strategy.beam) == [0.5, 1.0]
    assert [losses(turn(strategy, []).parents)[0] for _ in range(4)] == [0.5, 1.0, 0.5, 1.0]


def test_a_beam_holds_one_program_a_behaviour_and_two_a_template():
    strategy = Beam(starts=STARTS[:1], seed=SEED, width=6, turns=1)
    crowd = [verdict(0.1 * i, f"b{i}", template="t") for i in range(1, 5)]
    turn(strategy, [*crowd, verdict(0.15, "b1", template="other")])
    assert losses(strategy.beam) == pytest.approx([0.1, 0.2, 1.0])


def test_a_tree_deepens_where_it_pays_and_widens_with_visits():
    growth = Growth(Rules(explore=0.1, widen=0.5))
    growth.plant(STARTS[:1])
    root = growth.choose()
    good = growth.grow(root, [elite(0.5, "good"), elite(0.6, "second")])
    assert good.loss == 0.5
    chosen = [growth.choose() for _ in range(12)]
    assert growth[chosen[0]].loss == 0.5
    assert chosen.count(root) >= 1


def test_what_is_known_to_the_tree_is_not_hung_in_it_again():
    growth = Growth(Rules())
    growth.plant(STARTS[:1])
    assert growth.grow(growth.choose(), [elite(0.5, "b")]) is not None
    assert growth.grow(growth.choose(), [elite(0.5, "b"), elite(0.4, "seed program")]) is None
    assert len(growth) == 2


@pytest.mark.parametrize("kind", [Tree, ScatteredForest])
def test_a_full_tree_loses_its_worst_leaves_and_keeps_its_best(kind):
    strategy = kind(starts=STARTS, seed=SEED, batch=6, capacity=12)
    best = min(losses(STARTS))
    for _ in range(400):
        ask = strategy.ask()
        verdicts = stream(ask, 3)
        best = min([best, *(v.loss for v in verdicts if v.loss is not None)])
        strategy.tell(ask.id, verdicts)
        assert len(strategy) <= 12 + 4
    assert len(strategy.snapshot()) < 20_000
    seen = {turn(strategy, []).parents for _ in range(60)}
    assert best in {loss for parents in seen for loss in losses(parents)}


def test_asks_that_were_not_told_spread_over_the_tree():
    strategy = Tree(starts=STARTS, seed=SEED, window=6)
    assert len({strategy.ask().parents[0].behaviour for _ in range(6)}) == 3


def test_a_forest_asks_its_trees_in_turn_and_crosses_with_others():
    strategy = ScatteredForest(starts=STARTS, seed=SEED, trees=3, batch=4)
    asks = [turn(strategy, []) for _ in range(12)]
    assert [ask.island for ask in asks] == [0, 1, 2] * 4
    assert [ask.parents[0].loss for ask in asks[:3]] == [1.0, 1.5, 2.0]
    assert {len(ask.parents) for ask in asks} == {1, 2}
    assert {ask.parents[1].loss for ask in asks if len(ask.parents) == 2} == {1.0, 1.5, 2.0}


def test_a_forest_takes_the_direction_that_paid():
    strategy = ScatteredForest(starts=STARTS, seed=SEED, trees=3, batch=4, explore=0.2)
    alone = 0
    for number in range(240):
        ask = strategy.ask()
        pays = len(ask.parents) == 1
        alone += pays and number >= 120
        found = [verdict(ask.parents[0].loss * 0.99, f"b{number}")] if pays else []
        strategy.tell(ask.id, found)
    # Four directions, of which one leads on: at random it would be every fourth.
    assert alone > 72


@pytest.mark.parametrize("trees", [1, 2, 5])
def test_every_tree_of_a_forest_has_a_root_and_every_start_a_tree(trees):
    strategy = ScatteredForest(starts=STARTS, seed=SEED, trees=trees, window=64)
    first = [strategy.ask() for _ in range(30)]
    assert {ask.island for ask in first} == {*range(trees)}
    assert {ask.parents[0].behaviour for ask in first} == {start.behaviour for start in STARTS}


def test_a_snapshot_of_another_number_of_trees_is_refused():
    data = ScatteredForest(starts=STARTS, seed=SEED, trees=3).snapshot()
    with pytest.raises(StoreError, match="3 trees and this strategy 2"):
        ScatteredForest(starts=STARTS, seed=SEED, trees=2).restore(data)


@pytest.mark.parametrize(
    ("kind", "wrong", "told"),
    [
        (BestOfN, {"n": 0}, "n 0"),
        (Beam, {"width": 0}, "width 0"),
        (Beam, {"turns": 0}, "turns 0"),
        (Tree, {"capacity": 0}, "capacity 0"),
        (Tree, {"explore": -1.0}, "explore is -1"),
        (Tree, {"widen": math.nan}, "widen nan"),
        (ScatteredForest, {"trees": 0}, "trees 0"),
        (ScatteredForest, {"explore": math.inf}, "explore is inf"),
    ],
)
def test_settings_out_of_range_are_told_by_name(kind, wrong, told):
    with pytest.raises(ValueError, match=told):
        kind(starts=STARTS, seed=SEED, **wrong)


@pytest.mark.parametrize("setting", ["n", "width", "turns", "capacity", "explore", "widen", "trees"])
def test_every_setting_changes_what_is_asked(setting):
    kind, one, other = {
        "n": (BestOfN, 6, 60),
        "width": (Beam, 1, 5),
        "turns": (Beam, 1, 4),
        "capacity": (Tree, 4, 64),
        "explore": (Tree, 0.0, 3.0),
        "widen": (Tree, 0.0, 4.0),
        "trees": (ScatteredForest, 1, 3),
    }[setting]

    def asked(value):
        strategy = kind(starts=STARTS, seed=SEED, batch=6, **{setting: value})
        found = []
        for _ in range(80):
            ask = strategy.ask()
            found.append(tuple(parent.behaviour for parent in ask.parents))
            strategy.tell(ask.id, stream(ask, 5))
        return found

    assert asked(one) == asked(one)
    assert asked(one) != asked(other)


@pytest.mark.parametrize("kind", [BestOfN, Beam, Tree, ScatteredForest])
def test_each_climbs_a_hill_that_random_sampling_does_not(kind):
    more = {"n": 16} if kind is BestOfN else {}
    assert reached(kind(starts=STARTS[:1], seed=SEED, **more)) < 0.88
    assert reached(RandomSampling(starts=STARTS[:1], seed=SEED)) > 0.95
